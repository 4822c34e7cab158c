"""AutoLoss against the best baseline, and any two methods, for the tables that say whether a difference is one."""

from collections.abc import Mapping

from autoloss.reporting.groups import Group
from autoloss.reporting.labels import HIGHER_IS_BETTER, OURS, headline_metrics
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import Block, Starred, star
from autoloss.reporting.tables._numbers import fixed, signed

Groups = Mapping[tuple, Group]  # {(dataset, model, method): its seeds}
STAR_NOTE = (
    "*: AutoLoss is better than the best baseline, p < 0.05 in a two-sided paired t-test over seeds, "
    "with Holm's correction over the {} comparisons of the table."
)


def stars(material: Material, groups: Groups, ours: str = OURS) -> dict[tuple, Starred]:
    """{(dataset, model, metric): AutoLoss against the best baseline}, Holm over all of them.

    Variants of AutoLoss are no baselines.

    Args:
        material: knows which rule a method is, and the task of a dataset.
        groups: the trainings of one table.
        ours: the method that may earn a star; the others that use AutoLoss are its variants.
    """
    if not any(method == ours for _, _, method in groups):
        return {}
    rivals = {n for n, m in material.config.methods.items() if m.use != OURS or n == ours}
    blocks = []
    for dataset, model in dict.fromkeys((d, m) for d, m, _ in groups):
        here = {k: g for (d, m, k), g in groups.items() if (d, m) == (dataset, model) and k in rivals}
        for name in headline_metrics(material.config.datasets[dataset].task):
            scores = {k: g.scores(name) for k, g in here.items()}
            blocks.append(Block((dataset, model, name), scores, name in HIGHER_IS_BETTER))
    return {starred.key: starred for starred in star(blocks, ours)}


def star_notes(found: Mapping[tuple, Starred], names: Mapping[str, str]) -> list[str]:
    """What the star means, the seeds behind it, and the smallest difference that they detect.

    Args:
        found: from `stars`.
        names: titles of the metrics.
    """
    if not found:
        return []
    notes = [STAR_NOTE.format(len(found))]
    for metric, title in names.items():
        here = [s.comparison for key, s in found.items() if key[-1] == metric]
        floors = [c.detectable for c in here if c.detectable > 0]
        if floors:
            seeds = _span([float(c.n) for c in here if c.detectable > 0], 0)
            notes.append(
                f"{title}: the smallest difference that these seeds ({seeds} pairs) detect with probability 0.8 "
                f"is {_span(floors, 4)}."
            )
    return notes


def interval(low: float, high: float, digits: int = 4) -> str:
    """`−0.0002 to +0.0011`; empty where there is none."""
    return f"{signed(low, digits)} to {signed(high, digits)}" if low == low and high == high else ""


def _span(values: list[float], digits: int) -> str:
    low, high = fixed(min(values), digits), fixed(max(values), digits)
    return low if low == high else f"{low} to {high}"
