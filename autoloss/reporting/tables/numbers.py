"""Every number of an overall table on a line of its own: the csv of that table, and a sortable table of the page."""

from collections.abc import Callable
from dataclasses import dataclass

from autoloss import metrics
from autoloss.reporting import labels
from autoloss.reporting.comparisons import Comparison
from autoloss.reporting.groups import Group, by_place
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, Plain, places, stored, table
from autoloss.reporting.tables._numbers import absent, fixed, measured, p_value, signed
from autoloss.reporting.tables._table import Table, Value
from autoloss.statistics import PairedDifference

PAPER = tuple(name for name in metrics.names() if metrics.get(name).in_paper)
PLACED = ("auc", "logloss", "logloss_calibrated", "ece", "auc_hand_till", "rmse", "mae")  # any other metric comes last


@dataclass(frozen=True)
class Trained:
    """A method at a place.

    Attributes:
        group: its planned seeds.
        material: knows the paper and the data.
        against_best: AutoLoss minus the best baseline in the deciding metric; None for the other methods.
    """

    group: Group
    material: Material
    against_best: Comparison | None

    @property
    def comparable(self) -> bool:
        """Whether the paper's numbers apply."""
        return self.material.comparable(self.group.dataset, self.group.model, self.group.training)

    @property
    def over_seeds(self) -> PairedDifference | None:
        """This method minus the best baseline."""
        return self.against_best.over_seeds if self.against_best and self.against_best.baseline else None

    def paper(self, metric: str) -> float | None:
        return self.material.paper_values(self.group.dataset, self.group.model, metric).get(self.group.method)

    def gap(self, metric: str) -> float | None:
        """Ours minus the paper's."""
        theirs = self.paper(metric)
        return self.group.summary(metric).mean - theirs if theirs is not None and self.group.scores(metric) else None

    def optimum(self, metric: str) -> float | None:
        """The best possible value, where it is known."""
        return self.material.bayes(self.group.dataset).get(metric)


def anchor(group: Group) -> str:
    """Where on the page the numbers of a training stand with all that is behind them."""
    return f"{group.experiment}-{group.dataset}-{group.model}-{group.method}"


def trained(material: Material, experiment: str) -> list[Trained]:
    """All methods of one experiment, place by place."""
    groups = {(*place, m): g for place, here in by_place(material.of(experiment)).items() for m, g in here.items()}
    found, ours = material.comparisons.headline(experiment), material.ours(experiment)
    lines = []
    for (dataset, model, method), group in groups.items():
        decisive = labels.headline_metrics(material.config.datasets[dataset].task)[0]
        lines.append(Trained(group, material, found.get((dataset, model, decisive)) if method == ours else None))
    return lines


def numbers(material: Material, experiment: str) -> Table:
    """One row per training. Its csv is that of the overall table."""
    lines = trained(material, experiment)
    tasks = [material.config.datasets[line.group.dataset].task for line in lines]
    metrics = tuple(dict.fromkeys(m for task in tasks for m in labels.headline_metrics(task)))
    theirs = tuple(m for m in metrics if any(line.paper(m) is not None for line in lines))
    return table(
        f"{experiment}-numbers",
        "Every number, with its seeds and its cells",
        "Click a heading to sort. Difference: ours minus the paper's.",
        columns(metrics, theirs),
        lines,
        behind=lambda t: t.group.results,
        anchor=lambda t: anchor(t.group),
        notes=("p: AutoLoss against the best baseline on the first metric, paired over seeds.",),
    )


def columns(shown: tuple[str, ...] = (), theirs: tuple[str, ...] = ()) -> tuple[Column[Trained], ...]:
    """The first fourteen fields of the csv do not change; new ones come last.

    Args:
        shown: the metrics that are printed.
        theirs: those of them that the paper reports.
    """

    def mean(metric: str) -> Column[Trained]:
        title = labels.metric(metric) if metric in shown else ""
        value, entry = lambda t: t.group.summary(metric).mean, lambda t: _ours(t.group, metric)
        return Column(f"{metric}_mean", title, value, entry=entry)

    def std(metric: str) -> Column[Trained]:
        return Column(f"{metric}_std", value=lambda t: t.group.summary(metric).std)

    def paper(metric: str) -> tuple[Column[Trained], ...]:
        title = f"{labels.metric(metric)}, paper" if metric in theirs else ""
        return (
            Column(f"paper_{metric}", title, lambda t: t.paper(metric), fixed, quiet=True),
            Column("", "Difference" if title else "", entry=lambda t: _gap(t, metric)),
        )

    def tested(name: str, value: Callable[[PairedDifference], Plain]) -> Column[Trained]:
        return Column(name, value=lambda t: value(t.over_seeds) if t.over_seeds else None)

    return (
        *stored("scale", of="group"),
        *places("dataset", "model", of="group", group=True),
        *places("method", of="group"),
        Column("seeds", "Seeds", lambda t: t.group.counts["done"], entry=lambda t: _seeds(t.group)),
        mean("auc"), std("auc"), mean("logloss"), std("logloss"), mean("logloss_calibrated"),
        *paper("auc"), *paper("logloss"),
        tested("p_value", lambda c: c.p),
        Column("significant", value=lambda t: t.against_best.direction if t.against_best else None),
        *stored("experiment", "training", of="group"),
        Column("seeds_planned", value=lambda t: t.group.planned),
        Column("failed", value=lambda t: t.group.counts["failed"]),
        Column("missing", value=lambda t: t.group.counts["missing"]),
        std("logloss_calibrated"), mean("ece"), mean("auc_hand_till"),
        mean("rmse"), std("rmse"), mean("mae"), std("mae"),
        *(column(metric) for metric in metrics.names() if metric not in PLACED for column in (mean, std)),
        *(Column(f"bayes_{metric}", value=lambda t, metric=metric: t.optimum(metric)) for metric in PAPER),
        Column("paper_comparable", value=lambda t: t.comparable),
        Column("best_baseline", value=lambda t: t.against_best.baseline if t.against_best else None),
        tested("difference", lambda c: c.difference), tested("difference_low", lambda c: c.low),
        tested("difference_high", lambda c: c.high),
        Column("p_holm", "p (Holm)", lambda t: t.against_best.p_adjusted if t.against_best else None, p_value),
        tested("p_wilcoxon", lambda c: c.p_wilcoxon), tested("detectable", lambda c: c.detectable),
    )  # fmt: skip


def _ours(group: Group, metric: str) -> Value:
    return measured(group.summary(metric), note=group.shortfall) if group.scores(metric) else absent(group)


def _gap(trained: Trained, metric: str) -> Value:
    gap = trained.gap(metric)
    return Value(signed(gap), sort=gap, quiet=not trained.comparable)


def _seeds(group: Group) -> Value:
    return Value(group.seeds, sort=group.counts["done"], state="done" if group.state == "done" else "partial")
