"""Whether the differences of an overall table are differences: tests over seeds and over test rows."""

from dataclasses import dataclass

from autoloss.reporting import labels
from autoloss.reporting.comparisons import Comparison, correction, higher_is_better
from autoloss.reporting.groups import Group, by_place
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import seeds_needed
from autoloss.reporting.tables._columns import Column, places, stored, table
from autoloss.reporting.tables._compare import interval
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import fixed, p_value, signed, whole
from autoloss.reporting.tables._rows import RowTest, over_rows
from autoloss.reporting.tables._table import Table


@dataclass(frozen=True)
class Tested:
    """AutoLoss and the best baseline at one place, in one metric.

    Attributes:
        scale, experiment: where it stands.
        comparison: over seeds.
        groups: the planned seeds of the two.
        rows: the same over test rows; None where predictions or labels are not there.
        paper_gain: the paper's AutoLoss minus its best baseline; None where it has no such row.
    """

    scale: str
    experiment: str
    comparison: Comparison
    groups: tuple[Group, ...]
    rows: RowTest | None
    paper_gain: float | None

    @property
    def seeds_needed(self) -> int | None:
        """The seeds that would detect the paper's gain, or ours where it has none."""
        found = self.comparison.over_seeds
        sought = found.difference if self.paper_gain is None else self.paper_gain
        return seeds_needed(sought, found.std) if found.n > 1 else None


COLUMNS: tuple[Column[Tested], ...] = (
    *stored("scale", "experiment"),
    *places("dataset", "model", of="comparison.place"),
    Column("metric", "Metric", lambda t: t.comparison.metric, labels.metric, head=True, numeric=False),
    Column(
        "best_baseline", "Best baseline", lambda t: t.comparison.baseline,
        lambda name: labels.title(name) if name else "none to compare with", numeric=False,
    ),
    Column(
        "difference", "AutoLoss − baseline", lambda t: t.comparison.over_seeds.difference, signed,
        star=lambda t: t.comparison.significantly_better,
    ),
    Column("difference_std", value=lambda t: t.comparison.over_seeds.std),
    Column(
        "difference_low", "95 % interval", lambda t: t.comparison.over_seeds.low,
        entry=lambda t: interval(t.comparison.over_seeds.low, t.comparison.over_seeds.high),
    ),
    Column("difference_high", value=lambda t: t.comparison.over_seeds.high),
    Column("p_value", "p", lambda t: t.comparison.over_seeds.p, p_value, help="two-sided paired t-test over seeds."),
    Column("p_holm", "p (Holm)", lambda t: t.comparison.p_adjusted, p_value),
    Column(
        "p_wilcoxon", "p (Wilcoxon)", lambda t: t.comparison.over_seeds.p_wilcoxon, p_value,
        help="signed-rank test, which with n pairs cannot fall below 2^(1 − n).",
    ),
    Column("significant", value=lambda t: t.comparison.significantly_better),
    Column("seeds", "Pairs", lambda t: t.comparison.over_seeds.n, lambda n: whole(n or None)),
    Column(
        "detectable", "Detectable", lambda t: t.comparison.over_seeds.detectable, fixed,
        help="the smallest true difference that this many pairs detect with probability 0.8 at p < 0.05.",
    ),
    Column("paper_gain", "Paper's gain", lambda t: t.paper_gain, signed, quiet=True),
    Column(
        "seeds_needed", "Seeds needed", lambda t: t.seeds_needed, whole,
        help="to detect the paper's gain (ours, where it has none) with the spread seen here.",
    ),
    Column("rows_test", value=lambda t: t.rows.name if t.rows else None),
    Column(
        "rows_difference", "Over test rows", lambda t: t.rows.difference if t.rows else None, signed,
        help="DeLong's test for a binary AUC, else a paired bootstrap; the models are taken as given.",
    ),
    Column("rows_low", value=lambda t: t.rows.low if t.rows else None),
    Column("rows_high", value=lambda t: t.rows.high if t.rows else None),
    Column("rows_p", "p (rows)", lambda t: t.rows.p if t.rows else None, p_value),
)  # fmt: skip


def significance(material: Material, experiment: str) -> Table:
    """One row per dataset, model and metric: AutoLoss against the best baseline there.

    Args:
        material: everything collected.
        experiment: the overall experiment.
    """
    found = list(material.comparisons.headline(experiment).values())
    note = f"p (Holm): {correction(*found)}." if correction(*found) else ""
    return table(
        f"{experiment}-tests",
        "Is AutoLoss better than the best baseline?",
        "Paired over seeds: would other seeds show the difference? Over test rows: would other test rows?",
        COLUMNS,
        [_tested(material, experiment, comparison) for comparison in found],
        behind=lambda t: tuple(r for group in t.groups for r in group.results),
        notes=(
            *([note] if note else []),
            *mixtures(material, material.of(experiment), f"{experiment}-tests"),
        ),
    )


def _tested(material: Material, experiment: str, comparison: Comparison) -> Tested:
    here = by_place(material.of(experiment))[comparison.place]
    groups = tuple(here[m] for m in (comparison.method, comparison.baseline) if m in here)
    rows = over_rows(material, comparison.place.dataset, comparison.metric, *groups) if len(groups) == 2 else None
    gain = _paper_gain(material, comparison)
    return Tested(material.config.scale, experiment, comparison, groups, rows, gain)


def _paper_gain(material: Material, comparison: Comparison) -> float | None:
    dataset, model = comparison.place
    row = dict(material.paper.get(dataset, {}).get(model, {}).get(comparison.metric, {}))
    ours = row.pop(labels.OURS, None)
    if ours is None or not row:
        return None
    return ours - (max if higher_is_better(comparison.metric) else min)(row.values())
