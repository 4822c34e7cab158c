"""Two methods compared on the same seeds: paired t-test, Wilcoxon's signed rank test, the interval of the difference.

The p values answer "would other seeds show it too?" for the test rows at hand; `uncertainty` asks whether other test
rows would.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from autoloss.statistics.power import minimum_detectable_difference
from autoloss.statistics.summary import summarise


@dataclass(frozen=True)
class PairedDifference:
    """a − b over the seeds that both have.

    Attributes:
        n: seeds in common with finite values.
        difference: mean of a − b; NaN when n = 0.
        std: standard deviation of the paired differences; NaN when n < 2.
        low, high: 95 % t interval of the difference; NaN when n < 2.
        p: two-sided paired t-test. NaN when there is nothing to test with: n < 2, or the differences are all equal
            and not zero (no spread, so no scale to measure them by). 1 when all differences are zero.
        p_wilcoxon: two-sided signed rank test; it cannot fall below 2^(1 − n), so five seeds never reach .05.
            NaN when n = 0, 1 when all differences are zero.
        detectable: smallest true difference found with probability .8 at this n and spread; NaN when std is NaN or 0.
    """

    n: int
    difference: float
    std: float
    low: float
    high: float
    p: float
    p_wilcoxon: float
    detectable: float


def compare(a: Mapping[int, float], b: Mapping[int, float]) -> PairedDifference:
    """Compares a with b, both {seed: value}, on the seeds that both have; never raises on thin data."""
    seeds = sorted(s for s in a.keys() & b.keys() if np.isfinite(a[s]) and np.isfinite(b[s]))
    left, right = np.array([a[s] for s in seeds], float), np.array([b[s] for s in seeds], float)
    differences = left - right
    magnitude = float(np.max(np.abs([left, right]), initial=0.0))
    summary = summarise(differences, magnitude=magnitude)
    if summary.std == 0.0 and abs(summary.mean) <= 1e-14 * magnitude:
        differences[:] = 0.0
    return PairedDifference(
        n=summary.n, difference=summary.mean, std=summary.std, low=summary.low, high=summary.high,
        p=_t_test(differences, summary.std), p_wilcoxon=_signed_rank(differences),
        detectable=minimum_detectable_difference(summary.std, summary.n),
    )  # fmt: skip


def _t_test(differences: np.ndarray, std: float) -> float:
    if len(differences) < 2:
        return float("nan")
    if std == 0.0:
        return 1.0 if not differences.any() else float("nan")
    t = differences.mean() / (std / len(differences) ** 0.5)
    return float(2 * stats.t.sf(abs(t), len(differences) - 1))


def _signed_rank(differences: np.ndarray) -> float:
    if len(differences) == 0:
        return float("nan")
    if not differences.any():
        return 1.0
    return float(np.asarray(stats.wilcoxon(differences, zero_method="wilcox"))[1])
