"""Ablations: what each part of AutoLoss is worth, as differences to it and to cross-entropy on the same seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from autoloss.reporting import labels
from autoloss.reporting.claims.scores import REFERENCE
from autoloss.reporting.groups import Group, by_place
from autoloss.reporting.labels import HIGHER_IS_BETTER, headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import Comparison, better, compare, holm
from autoloss.reporting.tables._columns import Column, places, seed_counts, stored, table
from autoloss.reporting.tables._compare import interval
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, absent, fixed, listed, measured, p_value, signed, whole
from autoloss.reporting.tables._table import Table, Value

PREFIX = "ablation"  # an experiment whose name begins with it stands in this table


@dataclass(frozen=True)
class Ablation:
    """One metric of one method.

    Attributes:
        group: its planned seeds.
        metric: of the test rows.
        reference: the method that it is compared with.
        minus_reference, minus_ce: this method minus the reference, and minus cross-entropy.
        p: of the difference to the reference, after Holm's correction over the table.
    """

    group: Group
    metric: str
    reference: str
    minus_reference: Comparison
    minus_ce: Comparison
    p: float

    @property
    def significant(self) -> str | None:
        """Whether it is "better" or "worse" than the reference; None where that is not significant."""
        if not self.p < 0.05:
            return None
        return "better" if better(self.minus_reference.difference, self.metric in HIGHER_IS_BETTER) else "worse"


COLUMNS: tuple[Column[Ablation], ...] = (
    *stored("scale", "experiment", of="group"),
    *places("dataset", "model", of="group"),
    Column("metric", "Metric", lambda a: a.metric, labels.metric, head=True, numeric=False),
    *places("method", of="group"),
    *seed_counts(lambda a: a.group),
    Column("mean", "Mean", lambda a: a.group.summary(a.metric).mean, entry=lambda a: _mean(a)),
    Column("std", value=lambda a: a.group.summary(a.metric).std),
    *stored("reference"),
    Column(
        "minus_reference", "Minus reference", lambda a: a.minus_reference.difference, signed,
        star=lambda a: a.p < 0.05,
    ),
    Column("low", "95 % interval", lambda a: a.minus_reference.low, entry=lambda a: _interval(a.minus_reference)),
    Column("high", value=lambda a: a.minus_reference.high),
    Column("p_value", value=lambda a: a.minus_reference.p),
    Column("p_holm", "p (Holm)", lambda a: a.p, p_value),
    *stored("significant"),
    Column("pairs", "Pairs", lambda a: a.minus_reference.n, lambda n: whole(n or None)),
    Column(
        "detectable", "Detectable", lambda a: a.minus_reference.detectable, fixed,
        help="the smallest true difference that this many pairs find with probability 0.8 at p < 0.05.",
    ),
    Column("minus_ce", "Minus CE", lambda a: a.minus_ce.difference, signed),
    Column("minus_ce_p", value=lambda a: a.minus_ce.p),
)  # fmt: skip


def ablations(material: Material) -> Table | None:
    """One row per dataset, model, metric and method; None without an ablation experiment."""
    names = [n for n, e in material.config.experiments.items() if e.kind == "grid" and n.startswith(PREFIX)]
    results = material.of(*names)
    if not results:
        return None
    found = _compared(material, names)
    references = [title(name) for name in dict.fromkeys(a.reference for a in found)]
    tests = sum(a.p == a.p for a in found)
    return table(
        "ablations",
        "Ablations",
        f"Each method beside {listed(references)} (the reference) and beside cross-entropy, same seeds. "
        "A negative difference in AUC, or a positive one in logloss, means worse than the reference.",
        COLUMNS,
        found,
        behind=lambda a: a.group.results,
        block=lambda a: (a.group.dataset, a.group.model, a.metric),
        notes=(
            f"Scale: {material.config.scale}.",
            "*: differs from the reference, p < 0.05 in a two-sided paired t-test over seeds "
            f"with Holm's correction over the {tests} comparisons of the table.",
            *mixtures(material, results, "ablations"),
        ),
    )


def _compared(material: Material, experiments: Sequence[str]) -> list[Ablation]:
    """Metric by metric, with Holm's correction over all of them."""
    found = [line for name in experiments for line in _of(material, name)]
    adjusted = holm([minus_reference.p for *_, minus_reference, _ in found])
    return [Ablation(*line, p) for line, p in zip(found, adjusted, strict=True)]


def _of(material: Material, experiment: str) -> list[tuple[Group, str, str, Comparison, Comparison]]:
    """The reference is the experiment's first method; CE may stand in another experiment with the same training."""
    training, first = (getattr(material.config.experiments[experiment], k) for k in ("training", "methods"))
    trained = [r for r in material.results if r.kind == "train" and r.training == training and r.method == REFERENCE]
    ce, lines = by_place(trained), []
    for place, here in by_place(material.of(experiment)).items():
        for metric in headline_metrics(material.config.datasets[place.dataset].task):
            for method, members in here.items():
                reference = here.get(first[0]) if method != first[0] else None
                rival = ce.get(place, {}).get(REFERENCE) if method != REFERENCE else None
                differences = (
                    compare(members.scores(metric), r.scores(metric) if r else {}) for r in (reference, rival)
                )
                lines.append((members, metric, first[0], *differences))
    return lines


def _mean(ablation: Ablation) -> Value:
    members = ablation.group
    if not members.scores(ablation.metric):
        return absent(members)
    state = "partial" if members.shortfall else "done"
    return measured(members.summary(ablation.metric), note=members.shortfall, state=state)


def _interval(found: Comparison) -> Value:
    return Value(interval(found.low, found.high) or ABSENT, sort=found.low if found.n > 1 else None)
