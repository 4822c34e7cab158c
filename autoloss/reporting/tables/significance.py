"""Whether the differences of an overall table are differences: tests over seeds and over test rows."""

from collections.abc import Callable
from dataclasses import dataclass

from autoloss.reporting import labels
from autoloss.reporting.comparisons import Comparison, correction, design, higher_is_better
from autoloss.reporting.groups import Group, by_place
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, places, stored, table
from autoloss.reporting.tables._compare import DETECTABLE, interval
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, fixed, p_value, signed, whole
from autoloss.reporting.tables._table import Plain, Table, Value
from autoloss.statistics import Uncertainty, seeds_needed


@dataclass(frozen=True)
class Tested:
    """AutoLoss and the best baseline at one place, in one metric.

    Attributes:
        scale, experiment: where it stands.
        comparison: over seeds.
        groups: the planned seeds of the two.
        paper_gain: the paper's AutoLoss minus its best baseline; None where it has no such row.
    """

    scale: str
    experiment: str
    comparison: Comparison
    groups: tuple[Group, ...]
    paper_gain: float | None

    @property
    def seeds_needed(self) -> int | None:
        """The seeds that would detect the paper's gain; None where it has none."""
        found = self.comparison.over_seeds
        return seeds_needed(self.paper_gain, found.std) if found.n > 1 and self.paper_gain is not None else None


def _uncertainty(
    name: str, title: str, of: Callable[[Comparison], Uncertainty | None], help: str
) -> tuple[Column[Tested], ...]:
    """Interval and p value; in print, one column each."""

    def value(attribute: str) -> Callable[[Tested], Plain]:
        return lambda t: getattr(of(t.comparison), attribute, None)

    def entry(tested: Tested) -> Value:
        found = of(tested.comparison)
        return interval(found.low, found.high) if found else Value(ABSENT)

    return (
        Column(f"{name}_low", title, value("low"), entry=entry, help=help),
        Column(f"{name}_high", value=value("high")),
        Column(f"{name}_p", f"p ({title.lower()})", value("p"), p_value),
    )


COLUMNS: tuple[Column[Tested], ...] = (
    *stored("scale", "experiment"),
    *places("dataset", "model", of="comparison.place", group=True),
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
    Column("significant", value=lambda t: t.comparison.direction),
    Column("seeds", "Pairs", lambda t: t.comparison.over_seeds.n, lambda n: whole(n or None)),
    Column(
        "detectable", "Detectable", lambda t: t.comparison.over_seeds.detectable, fixed,
        help=DETECTABLE,
    ),
    Column("paper_gain", "Paper's gain", lambda t: t.paper_gain, signed, quiet=True),
    Column(
        "seeds_needed", "Seeds needed", lambda t: t.seeds_needed, whole,
        help="to detect the paper's gain with probability 0.8, with the spread seen here.",
    ),
    *_uncertainty(
        "rows", "Test rows", lambda c: c.over_rows,
        "95 % interval of the difference over test rows, the models taken as given: paired row differences for a mean "
        "of losses, DeLong's placements for an AUC.",
    ),
    *_uncertainty(
        "both", "Seeds and rows", lambda c: c.over_both,
        "95 % interval over seeds and test rows together: what other seeds would show on another test set.",
    ),
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
        "Would other seeds show the difference? Would other test rows? Would both?",
        COLUMNS,
        [_tested(material, experiment, comparison) for comparison in found],
        behind=lambda t: tuple(r for group in t.groups for r in group.results),
        notes=(
            *([note] if note else []),
            *design(*found),
            *mixtures(material, material.of(experiment), f"{experiment}-tests"),
        ),
    )


def _tested(material: Material, experiment: str, comparison: Comparison) -> Tested:
    here = by_place(material.of(experiment))[comparison.place]
    groups = tuple(here[m] for m in (comparison.method, comparison.baseline) if m in here)
    return Tested(material.config.scale, experiment, comparison, groups, _paper_gain(material, comparison))


def _paper_gain(material: Material, comparison: Comparison) -> float | None:
    row = material.paper_values(*comparison.place, comparison.metric)
    ours = row.pop(labels.OURS, None)
    if ours is None or not row:
        return None
    return ours - (max if higher_is_better(comparison.metric) else min)(row.values())
