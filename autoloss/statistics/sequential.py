"""A paired t-test that is made several times as seeds are added: what its p value and interval are then.

Looking again and again at the same growing sample finds a difference by chance more often than alpha. Alpha spending
(Lan and DeMets 1983) divides alpha among the looks: at most f(n_k / n_K) of it is spent by the look at n_k seeds. Here
f(t) = ln(1 + (e − 1) t), which approximates Pocock's boundaries. Those of O'Brien and Fleming spend next to nothing at
a first look with few seeds, and so would stop almost nothing there.

The boundaries are of the nominal two-sided p value of the t-test with n_k seeds, whose degrees of freedom grow with n:
the normal approximation is far off with few seeds. They are quantiles of PATHS simulated series without a difference,
always the same ones.

Turned round, they give the repeated p value of a look (Jennison and Turnbull 2000, chapter 9): the least alpha whose
boundary it crosses. That one look or another gives a p value below alpha has probability alpha at most; so whenever and
for whatever reason the looks end, the last p value holds, and may be corrected over several comparisons as any other.
"""

import math
from functools import cache

import numpy as np
from scipy import special

PATHS, _AT_ONCE = 200_000, 20_000
_LEVELS = np.geomspace(1e-4, 1.0, 25)


def nominal(looks: tuple[int, ...], look: int, alpha: float) -> float:
    """The p value of a single test below which a look crosses the boundary of a whole series at level `alpha`.

    Args:
        looks: the numbers of seeds at which the test is made.
        look: which of them, from 0.
        alpha: of all looks together.
    """
    if look == 0:
        return alpha * float(_shares(looks)[0])
    if alpha < _LEVELS[0]:  # what a look may spend: lower than the boundary, which takes out what crossed earlier ones
        return alpha * float(_shares(looks)[look])
    return float(np.exp(np.interp(math.log(alpha), np.log(_LEVELS), np.log(_boundaries(looks)[:, look]))))


def series_p(looks: tuple[int, ...], look: int, p: float) -> float:
    """The least alpha of a whole series whose boundary the p value of a single test crosses at this look.

    Args:
        looks, look: as in `nominal`.
        p: of the test; NaN stays NaN.
    """
    share = float(_shares(looks)[look])
    if math.isnan(p):
        return p
    if look == 0:
        return min(1.0, p / share)
    boundaries = _boundaries(looks)[:, look]
    if p < boundaries[0]:
        return min(float(_LEVELS[0]), p / share)
    return float(np.exp(np.interp(math.log(p), np.log(boundaries), np.log(_LEVELS))))


def _shares(looks: tuple[int, ...]) -> np.ndarray:
    """[K] the part of alpha that each look may spend."""
    spent = np.log1p((math.e - 1) * np.array(looks) / looks[-1])
    return np.diff(spent, prepend=0.0)


@cache
def _boundaries(looks: tuple[int, ...]) -> np.ndarray:
    """[levels, K] the nominal p value that a look must reach, at each of _LEVELS: never falling with the level."""
    p = _null_p_values(looks)
    found = np.empty((len(_LEVELS), len(looks)))
    for i, alpha in enumerate(_LEVELS):
        left = p  # the series that crossed no earlier boundary
        for k, share in enumerate(_shares(looks)):
            crossing = min(len(left), round(alpha * share * PATHS)) - 1
            simulated = float(np.partition(left[:, k], crossing)[crossing]) if crossing >= 0 else 0.0
            found[i, k] = max(simulated, alpha * share)
            left = left[left[:, k] > found[i, k]]
    return np.maximum.accumulate(found)


def _null_p_values(looks: tuple[int, ...]) -> np.ndarray:
    """[PATHS, K] two-sided p values of the t-test at each look, in simulated series without a difference."""
    random = np.random.default_rng(0)
    n = np.array(looks)
    found = []
    for _ in range(PATHS // _AT_ONCE):
        differences = random.standard_normal((_AT_ONCE, looks[-1]))
        sums, squares = (np.cumsum(each, axis=1)[:, n - 1] for each in (differences, differences**2))
        t = np.abs(sums) / np.sqrt((squares - sums**2 / n) / (n - 1) * n)
        found.append(2 * special.stdtr(n - 1, -t))
    return np.concatenate(found)
