"""The paper's table of overall performance: dataset × model × metric, one column per method, theirs below ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autoloss.reporting import labels
from autoloss.reporting.goals import REFERENCE
from autoloss.reporting.groups import Group, Place, by_place
from autoloss.reporting.material import Material
from autoloss.reporting.tables import _columns
from autoloss.reporting.tables._columns import Column, places, table
from autoloss.reporting.tables._compare import star_notes
from autoloss.reporting.tables._methods import across
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import fixed, listed
from autoloss.reporting.tables._table import Table, Value
from autoloss.reporting.tables.numbers import anchor, columns, trained

BAYES = "Bayes"


@dataclass(frozen=True)
class Line:
    """A printed row.

    Attributes:
        place, metric: what stands in it.
        entries: one per method, and the best possible where it is known.
        paper: the paper's dataset, if these are the paper's numbers.
        note: said beside the metric.
    """

    place: Place
    metric: str
    entries: Mapping[str, Value]
    paper: str = ""
    note: str = ""


def overall(material: Material, experiment: str) -> Table:
    """The table of one grid experiment.

    Args:
        material: everything collected.
        experiment: its name in params.yaml.
    """
    results, ours = material.of(experiment), material.ours(experiment)
    groups = by_place(results)
    found = material.comparisons.headline(experiment)
    first = (ours, REFERENCE)
    methods = sorted(dict.fromkeys(r.method for r in results), key=lambda m: first.index(m) if m in first else 2)
    lines: list[Line] = []
    for place in material.real_first(groups):
        here = groups[place]
        for metric in labels.headline_metrics(material.config.datasets[place.dataset].task):
            comparison = found.get((place.dataset, place.model, metric))
            best = ours if comparison and comparison.significantly_better else None
            entries = across({m: here.get(m) for m in methods}, metric, best, anchor)
            lines.append(Line(place, metric, entries | {BAYES: _optimum(material, place, metric)}))
            lines += _theirs(material, experiment, place, metric, methods)
    known = any(material.bayes(place.dataset) for place in groups)
    printed = table(
        experiment,
        labels.experiment(experiment),
        "Test metrics, mean ± standard deviation over seeds."
        + (" Lighter rows: what the paper reports." if any(line.paper for line in lines) else ""),
        _printed(methods, known),
        lines,
        notes=(
            _seeds(material, groups),
            *_rows(material, [place.dataset for place in groups]),
            *star_notes(list(found.values())),
            *_reference(material, lines),
            *mixtures(material, results, experiment),
        ),
        sortable=False,
    )
    return _columns.with_csv(printed, columns(), trained(material, experiment))


def _printed(methods: Sequence[str], known: bool) -> tuple[Column[Line], ...]:
    def entry(name: str, title: str) -> Column[Line]:
        return Column("", title, entry=lambda line: line.entries[name])

    return (
        *places("dataset", "model", of="place", group=True),
        Column("", "Metric", entry=_metric, head=True, numeric=False),
        *(entry(method, labels.title(method)) for method in methods),
        *([entry(BAYES, BAYES)] if known else []),
    )


def _metric(line: Line) -> Value:
    if not line.paper:
        return Value(labels.metric(line.metric), note=line.note)
    where = "" if line.paper == line.place.dataset else f" on {labels.title(line.paper)}"
    return Value(f"{labels.metric(line.metric)}, paper{where}", quiet=True, note=line.note)


def _optimum(material: Material, place: Place, metric: str) -> Value:
    best = material.bayes(place.dataset).get(metric.removesuffix("_calibrated"))
    return Value("" if best is None else fixed(best), quiet=True)


def _theirs(material: Material, experiment: str, place: Place, metric: str, methods: Sequence[str]) -> list[Line]:
    """The row of the paper's numbers, where it has any."""
    numbers = material.paper_values(*place, metric)
    if not numbers.keys() & set(methods):
        return []
    training = material.config.experiments[experiment].training
    note = "" if material.comparable(*place, training) else "reference only"
    entries = {m: Value(fixed(numbers[m]) if m in numbers else "", quiet=True) for m in methods}
    return [
        Line(place, metric, entries | {BAYES: Value("", quiet=True)}, paper=material.of_paper(place.dataset), note=note)
    ]


def _seeds(material: Material, groups: Mapping[Place, Mapping[str, Group]]) -> str:
    seeds = sorted({g.counts["done"] for here in groups.values() for g in here.values()})
    count = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return f"Scale: {material.config.scale}. Seeds per number: {count}. Bold: best mean of the row."


def _reference(material: Material, lines: Sequence[Line]) -> list[str]:
    if not any(line.note and line.metric == "auc" for line in lines):
        return []
    return ["Reference only: our data, model or training are not the paper's, so ours need not equal its numbers."]


def _rows(material: Material, datasets: Sequence[str]) -> list[str]:
    """What stands behind the names of the datasets at this scale."""
    known = [material.described(name) for name in dict.fromkeys(datasets) if name in material.facts]
    return [f"Data: {listed(known)}."] if known else []
