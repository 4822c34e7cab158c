"""Ablations: what each part of AutoLoss is worth, as differences to it and to cross-entropy on the same seeds."""

from autoloss.contrasts import ablation_experiments
from autoloss.reporting import labels
from autoloss.reporting.comparisons import Ablation, correction, design
from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, places, seed_counts, stored, table
from autoloss.reporting.tables._compare import DETECTABLE, interval
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import absent, fixed, listed, measured, p_value, signed, whole
from autoloss.reporting.tables._table import Table, Value

COLUMNS: tuple[Column[Ablation], ...] = (
    *stored("scale", "experiment", of="group"),
    *places("dataset", "model", of="group", group=True),
    Column("metric", "Metric", lambda a: a.metric, labels.metric, head=True, numeric=False, group=True),
    *places("method", of="group"),
    *seed_counts(lambda a: a.group),
    Column("mean", "Mean", lambda a: a.group.summary(a.metric).mean, entry=lambda a: _mean(a)),
    Column("std", value=lambda a: a.group.summary(a.metric).std),
    *stored("reference"),
    Column(
        "minus_reference", "Minus reference", lambda a: a.minus_reference.over_seeds.difference, signed,
        star=lambda a: a.minus_reference.significant,
    ),
    Column(
        "low", "95 % interval", lambda a: a.minus_reference.over_seeds.low,
        entry=lambda a: interval(a.minus_reference.over_seeds.low, a.minus_reference.over_seeds.high),
    ),
    Column("high", value=lambda a: a.minus_reference.over_seeds.high),
    Column("p_value", value=lambda a: a.minus_reference.over_seeds.p),
    Column("p_holm", "p (Holm)", lambda a: a.minus_reference.p_adjusted, p_value),
    Column("significant", value=lambda a: a.minus_reference.direction),
    Column("pairs", "Pairs", lambda a: a.minus_reference.over_seeds.n, lambda n: whole(n or None)),
    Column(
        "detectable", "Detectable", lambda a: a.minus_reference.over_seeds.detectable, fixed,
        help=DETECTABLE,
    ),
    Column("minus_ce", "Minus CE", lambda a: a.minus_ce.over_seeds.difference, signed),
    Column("minus_ce_p", value=lambda a: a.minus_ce.over_seeds.p),
)  # fmt: skip


def ablations(material: Material) -> Table | None:
    """One row per dataset, model, metric and method; None without an ablation experiment."""
    results = material.of(*ablation_experiments(material.config))
    if not results:
        return None
    found = material.comparisons.ablations
    references = [title(name) for name in dict.fromkeys(a.reference for a in found)]
    return table(
        "ablations",
        "Ablations",
        f"Each method beside {listed(references)} (the reference) and beside cross-entropy, same seeds. "
        "A negative difference in AUC, or a positive one in logloss, means worse than the reference.",
        COLUMNS,
        found,
        behind=lambda a: a.group.results,
        notes=(
            f"Scale: {material.config.scale}.",
            f"*: differs from the reference, p < 0.05 in a two-sided paired t-test over seeds "
            f"{correction(*(a.minus_reference for a in found))}".rstrip()
            + ".",
            *design(*(a.minus_reference for a in found)),
            *mixtures(material, results, "ablations"),
        ),
    )


def _mean(ablation: Ablation) -> Value:
    members = ablation.group
    if not members.scores(ablation.metric):
        return absent(members)
    state = "partial" if members.shortfall else "done"
    return measured(members.summary(ablation.metric), note=members.shortfall, state=state)
