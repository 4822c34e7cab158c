"""How far a difference may be off: over test rows, and over seeds and test rows together.

Over test rows the models are taken as given, and the standard error is that of a mean of influences (see
`Metric.influence`): of paired row differences for a mean of losses, of DeLong's placements for an AUC.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from autoloss.statistics.paired import PairedDifference
from autoloss.statistics.power import ALPHA
from autoloss.statistics.sequential import nominal, series_p


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
    if len(influences) < 2:
        return _uncertainty(difference, math.nan, math.inf)
    return _uncertainty(difference, float(influences.std(ddof=1)) / math.sqrt(len(influences)), math.inf)


def over_seeds_and_rows(seeds: PairedDifference, rows: Uncertainty) -> Uncertainty:
    """Over both at once: the variances add up, with Satterthwaite's degrees of freedom.

    What a seed does on single rows counts in both, so the interval is, if anything, too wide. Where seeds are added
    until the difference is decided, interval and p value are as strict as those over seeds.
    """
    variances = seeds.std**2 / seeds.n if seeds.n else math.nan, rows.se**2
    total = sum(variances)
    freedom = total**2 / (variances[0] ** 2 / (seeds.n - 1)) if seeds.n > 1 and variances[0] > 0 else math.inf
    if not seeds.looks:
        return _uncertainty(seeds.difference, math.sqrt(total), freedom)
    alpha = nominal(seeds.looks, seeds.look, ALPHA)
    found = _uncertainty(seeds.difference, math.sqrt(total), freedom, alpha)
    return replace(found, p=series_p(seeds.looks, seeds.look, found.p))


def _uncertainty(difference: float, se: float, freedom: float, alpha: float = ALPHA) -> Uncertainty:
    half = float(stats.t.ppf(1 - alpha / 2, freedom)) * se
    if se > 0:
        p = float(2 * stats.t.sf(abs(difference) / se, freedom))
    else:
        p = 1.0 if difference == 0 and se == 0 else math.nan
    return Uncertainty(se, difference - half, difference + half, p)
