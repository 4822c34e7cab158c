"""How a comparison with the best baseline is printed, and what stands under the table."""

import math
from collections.abc import Sequence

from autoloss.reporting import labels
from autoloss.reporting.comparisons import Comparison, correction, design
from autoloss.reporting.tables._numbers import ABSENT, fixed, signed
from autoloss.reporting.tables._table import Value

DETECTABLE = "the smallest true difference that these pairs detect with probability 0.8 at p < 0.05, uncorrected."


def star_notes(comparisons: Sequence[Comparison]) -> list[str]:
    """What the star means, the seeds behind it, and the smallest difference that they detect.

    Args:
        comparisons: those of the table.
    """
    if not comparisons:
        return []
    notes = [
        "* at a number: AutoLoss is better than the best baseline, p < 0.05 in a two-sided paired t-test over seeds "
        f"{correction(*comparisons)}".rstrip()
        + ". Variants of AutoLoss are not baselines."
    ]
    for metric in dict.fromkeys(c.metric for c in comparisons):
        tested = [c.over_seeds for c in comparisons if c.metric == metric and c.over_seeds.detectable > 0]
        if tested:
            notes.append(
                f"{labels.metric(metric)}: the smallest difference that these seeds "
                f"({_span([float(t.n) for t in tested], 0)} pairs) detect with probability 0.8, before any correction, "
                f"is {_span([t.detectable for t in tested], 4)}."
            )
    return notes + design(*comparisons)


def interval(low: float, high: float) -> Value:
    """`−0.0002 to +0.0011`; a dash where there is none."""
    if math.isnan(low) or math.isnan(high):
        return Value(ABSENT)
    return Value(f"{signed(low)} to {signed(high)}", sort=low)


def _span(values: Sequence[float], digits: int) -> str:
    low, high = fixed(min(values), digits), fixed(max(values), digits)
    return low if low == high else f"{low} to {high}"
