"""How far a difference may be off: over test rows, and over seeds and test rows together.

Over test rows the models are taken as given, and the standard error is that of a mean of influences (see
`Metric.influence`): of paired row differences for a mean of losses, of DeLong's placements for an AUC.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, stats

from autoloss.statistics.paired import PairedDifference
from autoloss.statistics.power import ALPHA
from autoloss.statistics.sequential import nominal, series_p

_LEAST = 1e-100  # p values below it are 0


@dataclass(frozen=True)
class Uncertainty:
    """Standard error, 95 % interval and two-sided p value of a difference; NaN where they are not defined.

    p is 1 where difference and standard error are both 0.
    """

    se: float
    low: float
    high: float
    p: float


def over_rows(difference: float, influences: np.ndarray) -> Uncertainty:
    """Over test rows, by the normal approximation.

    Args:
        difference: of a metric, between two models on the same rows, or between the means of two groups of models.
        influences: [N] of the rows on that difference.
    """
    se = float(influences.std(ddof=1)) / math.sqrt(len(influences)) if len(influences) > 1 else math.nan
    return _uncertainty(difference, se, lambda alpha: float(stats.norm.isf(alpha / 2)) * se)


def over_seeds_and_rows(seeds: PairedDifference, rows: Uncertainty) -> Uncertainty:
    """Over both at once: the squares of the two half-widths add up (Zou and Donner 2008, for sums).

    So the interval is never narrower than either of the two. One with Satterthwaite's degrees of freedom can be, and
    covers too little with few seeds. What a seed does on single rows counts in both: if anything, the interval is too
    wide. Where seeds are added until the difference is decided, interval and p value are as strict as those over seeds.
    """
    se = seeds.std / math.sqrt(seeds.n) if seeds.n > 1 else math.nan

    def half(alpha: float) -> float:
        t, z = float(stats.t.isf(alpha / 2, seeds.n - 1)), float(stats.norm.isf(alpha / 2))
        return math.hypot(t * se, z * rows.se)

    alpha = nominal(seeds.looks, seeds.look, ALPHA) if seeds.looks else ALPHA
    found = _uncertainty(seeds.difference, math.hypot(se, rows.se), half, alpha)
    return replace(found, p=series_p(seeds.looks, seeds.look, found.p)) if seeds.looks else found


def _uncertainty(difference: float, se: float, half: Callable[[float], float], alpha: float = ALPHA) -> Uncertainty:
    """The interval at level 1 − alpha, given its half-width at any level, and the alpha at which it ends at zero."""
    width = half(alpha) if se > 0 else se
    return Uncertainty(se, difference - width, difference + width, _p(abs(difference), se, half))


def _p(difference: float, se: float, half: Callable[[float], float]) -> float:
    if difference == 0 and se >= 0:
        return 1.0
    if not se > 0 or math.isnan(difference):
        return math.nan
    if half(_LEAST) < difference:
        return 0.0
    levels = (math.log(_LEAST), 0.0)
    found = optimize.root_scalar(lambda log: half(math.exp(log)) - difference, bracket=levels, method="brentq")
    return math.exp(found.root)
