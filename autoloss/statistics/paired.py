"""Two methods compared on the same seeds: paired t-test, Wilcoxon's signed rank test, the interval of the difference.

The p values answer "would other seeds show it too?" for the test rows at hand; `uncertainty` asks whether other test
rows would.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from autoloss.statistics.power import ALPHA, minimum_detectable_difference, power
from autoloss.statistics.sequential import nominal, series_p
from autoloss.statistics.summary import Summary, summarise

_FAR = 0.8  # confidence of the interval whose far end is the largest difference that is still thought possible


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
        looks: the numbers of seeds at which it is tested, where seeds are added until it is decided (see `sequential`).
            Then p, low and high are the repeated p value and interval of the last look, and p_wilcoxon, which has no
            such form, is NaN. Empty where the number of seeds was fixed beforehand.
        look: which of the looks the seeds have come to, from 0.
    """

    n: int
    difference: float
    std: float
    low: float
    high: float
    p: float
    p_wilcoxon: float
    detectable: float
    looks: tuple[int, ...] = ()
    look: int = 0


def compare(a: Mapping[int, float], b: Mapping[int, float], looks: tuple[int, ...] = ()) -> PairedDifference:
    """Compares a with b, both {seed: value}, on the seeds that both have; never raises on thin data.

    Args:
        a, b: of two methods.
        looks: as in `PairedDifference`.
    """
    look = _look(a, b, looks)
    differences, summary = _differences(a, b, 1 - nominal(looks, look, ALPHA) if looks else 1 - ALPHA)
    return PairedDifference(
        n=summary.n, difference=summary.mean, std=summary.std, low=summary.low, high=summary.high,
        p=repeated_p(a, b, looks) if looks else _t_test(differences, summary.std),
        p_wilcoxon=float("nan") if looks else _signed_rank(differences),
        detectable=minimum_detectable_difference(summary.std, summary.n), looks=looks, look=look,
    )  # fmt: skip


def repeated_p(a: Mapping[int, float], b: Mapping[int, float], looks: tuple[int, ...]) -> float:
    """The p value of the look that the shared seeds have come to, as one of the whole series (see `sequential`).

    Args:
        a, b: as in `compare`.
        looks: the numbers of seeds at which the two are compared.
    """
    differences, summary = _differences(a, b)
    return series_p(looks, _look(a, b, looks), _t_test(differences, summary.std))


def within_reach(a: Mapping[int, float], b: Mapping[int, float], looks: tuple[int, ...], level: float) -> bool:
    """Whether the last look has even odds of deciding, if the difference is as large as it may still be thought.

    That is the end of its 80 % interval that is farther from zero. Stopping where it is out of reach costs power only:
    the repeated p value holds however the looks end.

    Args:
        a, b, looks: as in `repeated_p`.
        level: below which p decides.
    """
    _, summary = _differences(a, b, _FAR)
    if summary.std == 0.0:
        return summary.mean != 0.0
    if math.isnan(summary.std):
        return True
    far = max(abs(summary.low), abs(summary.high))
    return power(far, summary.std, looks[-1], nominal(looks, len(looks) - 1, level)) >= 0.5


def _look(a: Mapping[int, float], b: Mapping[int, float], looks: tuple[int, ...]) -> int:
    """The look that the shared seeds have come to; 0 without any."""
    last = max(a.keys() & b.keys(), default=-1)
    return next((look for look, n in enumerate(looks) if last < n), max(0, len(looks) - 1))


def _differences(
    a: Mapping[int, float], b: Mapping[int, float], confidence: float = 1 - ALPHA
) -> tuple[np.ndarray, Summary]:
    """The paired differences, and their summary."""
    seeds = sorted(s for s in a.keys() & b.keys() if np.isfinite(a[s]) and np.isfinite(b[s]))
    left, right = np.array([a[s] for s in seeds], float), np.array([b[s] for s in seeds], float)
    differences = left - right
    magnitude = float(np.max(np.abs([left, right]), initial=0.0))
    summary = summarise(differences, confidence, magnitude)
    if summary.std == 0.0 and abs(summary.mean) <= 1e-14 * magnitude:
        differences[:] = 0.0
    return differences, summary


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
