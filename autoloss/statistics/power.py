"""How small a difference n seeds can show, and how many seeds a given difference needs.

Both for the two-sided paired t-test: with true difference δ and standard deviation σ of the paired differences,
t follows the noncentral t distribution with n − 1 degrees of freedom and noncentrality δ√n / σ.
"""

import math
from functools import cache

import numpy as np
from scipy import optimize, special, stats

ALPHA, POWER = 0.05, 0.8
MOST_SEEDS = 100_000
# Midpoints of equal slices of probability. The noncentral t is averaged over the estimated spread at these quantiles:
# scipy's own nct returns NaN at the large noncentralities that two or three seeds need.
_QUANTILES = (np.arange(4000) + 0.5) / 4000


def power(difference: float, std: float, n: int, alpha: float = ALPHA) -> float:
    """Probability that n seeds give p < alpha when the true difference is `difference` and its spread `std`.

    NaN where no test is possible: n < 2, `std` not finite or zero, `difference` not finite.
    """
    if n < 2 or not _is_spread(std) or not math.isfinite(difference):
        return float("nan")
    return _power(abs(difference) / std * math.sqrt(n), _critical(n, alpha))


def minimum_detectable_difference(std: float, n: int, alpha: float = ALPHA, wanted: float = POWER) -> float:
    """The true difference that n seeds find with probability `wanted`, in the units of `std`.

    Args:
        std: observed standard deviation of the paired differences.
        n: seeds.

    Returns:
        NaN where it is not defined: n < 2, or a spread that is not finite or zero (a spread that was not observed
        says nothing about what could be detected).
    """
    if n < 2 or not _is_spread(std):
        return float("nan")
    return _noncentrality(n, alpha, wanted) * std / math.sqrt(n)


def seeds_needed(difference: float, std: float, alpha: float = ALPHA, wanted: float = POWER) -> int | None:
    """The smallest number of seeds (at least 2) that finds `difference` with probability `wanted`.

    None where no number is known to do: a difference of zero, inputs that are not finite, a spread of zero,
    or more than MOST_SEEDS.
    """
    if difference == 0 or not power(difference, std, MOST_SEEDS, alpha) >= wanted:
        return None
    wanted -= 1e-9  # so that rounding does not cost a seed
    low, high = 1, MOST_SEEDS  # low is too few, high is enough
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(difference, std, middle, alpha) >= wanted else (middle, high)
    return high


def _is_spread(std: float) -> bool:
    return math.isfinite(std) and std > 0


@cache
def _noncentrality(n: int, alpha: float, wanted: float) -> float:
    """The noncentrality at which the power is `wanted`."""
    critical = _critical(n, alpha)
    # The power is alpha at noncentrality 0, and near 1 at four times the largest critical value.
    root = optimize.root_scalar(lambda x: _power(x, critical) - wanted, bracket=(0.0, 4.0 * float(critical.max())))
    return float(root.root)


@cache
def _critical(n: int, alpha: float) -> np.ndarray:
    """The critical value of t times the estimated spread in units of the true one, at each of _QUANTILES."""
    return stats.t.ppf(1 - alpha / 2, n - 1) * np.sqrt(stats.chi2.ppf(_QUANTILES, n - 1) / (n - 1))


def _power(noncentrality: float, critical: np.ndarray) -> float:
    return float(np.mean(special.ndtr(noncentrality - critical) + special.ndtr(-noncentrality - critical)))
