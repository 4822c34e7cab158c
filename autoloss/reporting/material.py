"""All that a report is made of, gathered once: results, their origin, the data behind them, the paper."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autoloss.cells import Plan
from autoloss.cells.answers import Answer
from autoloss.cells.finished import FinishedCell
from autoloss.cells.record import Provenance
from autoloss.config import Config
from autoloss.contrasts import overall_experiments
from autoloss.data import facts, intact
from autoloss.data.facts import Facts
from autoloss.reporting import collect, labels
from autoloss.reporting.claims import Verdict, load_claims, load_paper, verify
from autoloss.reporting.claims.ambiguities import Ambiguity, load_ambiguities
from autoloss.reporting.claims.read import FOLDER, PaperTable
from autoloss.reporting.comparisons import Comparisons
from autoloss.reporting.groups import Place
from autoloss.reporting.results import PAPER_TRAINING, Result

HEADLINE = "overall"


@dataclass(frozen=True)
class Material:
    """What tables, figures and the page read.

    Attributes:
        config: validated parameters.
        results: one per experiment and cell.
        upstream: the cells that only others build on.
        elsewhere: timings of other machines.
        facts: the facts of each dataset in use that has been prepared, by name.
        paper: the paper's numbers, {dataset: {model: {metric: {method: value}}}}; empty where their file is not there.
        root: the project's folder.
        answers: how far the questions have come for which seeds are added until they are decided.
    """

    config: Config
    results: list[Result]
    upstream: list[Result] = field(default_factory=list)
    elsewhere: list[Result] = field(default_factory=list)
    facts: dict[str, Facts] = field(default_factory=dict)
    paper: PaperTable = field(default_factory=dict)
    root: Path = Path(".")
    answers: tuple[Answer, ...] = ()

    @cached_property
    def finished(self) -> list[FinishedCell]:
        """The finished cells, each once."""
        return list({r.cell_id: r.finished for r in (*self.results, *self.upstream) if r.finished}.values())

    @cached_property
    def provenance(self) -> dict[str, Provenance]:
        """Versions, hardware and commit of each finished cell, by id."""
        return {cell.about.id: cell.about.provenance for cell in self.finished}

    @cached_property
    def comparisons(self) -> Comparisons:
        """Every comparison of two methods."""
        return Comparisons(self.config, self.results, self.root)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the results say of each claim of the paper, at the paper's own settings; empty without its claims."""
        folder = self.root / FOLDER
        if not (folder / "claims.yaml").is_file():
            return []
        return verify(load_claims(folder), self.results, self.comparisons.paper, self.facts, self.stand_ins)

    @cached_property
    def ambiguities(self) -> list[Ambiguity]:
        """What the paper leaves open; empty without the list."""
        folder = self.root / FOLDER
        return load_ambiguities(folder) if (folder / "ambiguities.yaml").is_file() else []

    def bayes(self, dataset: str) -> dict[str, float]:
        """The best possible metrics of a synthetic dataset; empty for real or missing data."""
        known = self.facts.get(dataset)
        return (known.bayes if known else None) or {}

    def described(self, dataset: str) -> str:
        """`ml-latest-small (100,836 real rows)`: what stands behind a dataset's name at this scale."""
        name, known = labels.title(dataset), self.facts.get(dataset)
        if known is None:
            return name
        if known.source.kind != "synthetic":
            file = str(known.source.file)
            return f"{name} ({known.rows:,} {'real rows' if name in file else f'rows of {file}'})"
        if self.of_paper(dataset) == dataset:
            return f"{name} ({known.rows:,} generated rows)"
        return f"{known.rows:,} generated rows in {labels.title(self.of_paper(dataset))}'s format"

    def is_generated(self, dataset: str) -> bool:
        """Whether its rows are generated: they say nothing about the real data."""
        return self.config.datasets[dataset].source == "synthetic"

    def real_first(self, places: Iterable[Place]) -> list[Place]:
        """In the order given, but those with generated rows last."""
        return sorted(places, key=lambda place: self.is_generated(place.dataset))

    def of(self, *experiments: str) -> list[Result]:
        """The results of these experiments, in the order of params.yaml."""
        return [r for r in self.results if r.experiment in experiments]

    @property
    def headline(self) -> str | None:
        """The experiment that the page answers with: HEADLINE, or else the first that has results; None without one."""
        return HEADLINE if HEADLINE in self.grids else next(iter(self.grids), None)

    @property
    def grids(self) -> list[str]:
        """The experiments shown as the paper's table of overall performance; those without results are left out."""
        return [name for name in overall_experiments(self.config) if self.of(name)]

    def ours(self, experiment: str) -> str:
        """The method that an experiment is about: AutoLoss, or the first that uses it (as for regression)."""
        return self.comparisons.ours(experiment)

    @cached_property
    def stand_ins(self) -> dict[str, str]:
        """{dataset of the paper: the dataset that stands in for it at this scale}."""
        used = [self.config.datasets[name] for name in self.config.used_datasets()]
        return {d.stands_in_for: d.name for d in used if d.stands_in_for}

    def of_paper(self, dataset: str) -> str:
        """The dataset of the paper that `dataset` is, or stands in for."""
        known = self.config.datasets.get(dataset)
        return known.stands_in_for or dataset if known else dataset

    def paper_values(self, dataset: str, model: str, metric: str) -> dict[str, float]:
        """{method: what the paper reports there}; for a variant of a model, what it reports for that model."""
        rows = self.paper.get(self.of_paper(dataset), {})
        known = self.config.models.get(model)
        return dict(rows.get(model, rows.get(known.use if known else model, {})).get(metric, {}))

    def comparable(self, dataset: str, model: str, training: str) -> bool:
        """Whether the paper's numbers apply: its data at their full size, its model, its way of training."""
        known = self.config.datasets.get(dataset)
        real = self.config.scale == "full" and known is not None and known.source != "synthetic"
        return real and model in self.paper.get(dataset, {}) and training == PAPER_TRAINING


def gather(config: Config, plan: Plan, root: Path = Path(".")) -> Material:
    """Reads everything a report needs.

    Raises:
        UserError: the file of the paper's numbers is not valid.
    """
    return Material(
        config=config,
        results=collect.collect(config, plan, root),
        upstream=collect.upstream(config, plan, root),
        elsewhere=collect.elsewhere(config, plan, root),
        facts=_facts(config, root),
        paper=load_paper(root / FOLDER) if (root / FOLDER / "overall.yaml").is_file() else {},
        root=root,
        answers=plan.answers,
    )


def _facts(config: Config, root: Path) -> dict[str, Facts]:
    folders = {name: root / "data" / "encoded" / config.scale / name for name in config.used_datasets()}
    found = {name: known for name, folder in folders.items() if (known := facts.find(folder))}
    for name in found:
        intact.check(folders[name], root / "data")
    return found
