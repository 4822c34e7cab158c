"""AUCs on the same test rows compared by DeLong's method (DeLong, DeLong & Clarke-Pearson 1988), in O(N log N).

An AUC is a mean over rows of "placements": for a positive row the share of negatives scored below it, for a
negative row the share of positives scored above it (ties count one half). The variance of those placements is the
sampling error of the AUC; for two models, or two groups of models, that of the placements' differences is the error
of the difference. The models are taken as given: what varies here are the test rows, not the seeds.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from autoloss.metrics.auc import placements

_Z95 = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class AucEstimate:
    """An AUC, its standard error and 95 % interval over test rows; NaN where not defined."""

    auc: float
    se: float
    low: float
    high: float


@dataclass(frozen=True)
class AucDifference:
    """AUC(a) − AUC(b) over the same rows, standard error, 95 % interval and two-sided p.

    p is 1 when the two rank every pair alike (difference and standard error 0), and NaN when the standard error is
    NaN, or 0 beside a difference.
    """

    difference: float
    se: float
    low: float
    high: float
    p: float


def auc_estimate(scores: np.ndarray, labels: np.ndarray) -> AucEstimate:
    """AUC of one model, or the mean AUC of several, with its sampling error.

    Args:
        scores: [N], or [S, N] for S models (say, seeds) scored on the same rows.
        labels: [N], 1 or True for positive.

    Returns:
        All NaN when a class is absent or a score is NaN; se is NaN with a single positive or a single negative.
    """
    auc, se = _mean_and_error(_placements(scores, labels), labels)
    return AucEstimate(auc, se, auc - _Z95 * se, auc + _Z95 * se)


def auc_difference(a: np.ndarray, b: np.ndarray, labels: np.ndarray) -> AucDifference:
    """Difference of two correlated AUCs; with several models a side, of their mean AUCs.

    Args:
        a, b: [N] or [S, N] scores of the same rows.
        labels: [N], 1 or True for positive.

    Returns:
        See `AucDifference`; all NaN when a class is absent or a score is NaN.
    """
    difference, se = _mean_and_error(_placements(a, labels) - _placements(b, labels), labels)
    p = 1.0 if difference == 0 and se == 0 else math.nan
    if se > 0:
        p = float(2 * stats.norm.sf(abs(difference) / se))
    return AucDifference(difference, se, difference - _Z95 * se, difference + _Z95 * se, p)


def _placements(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """[N] placement of each row, averaged over models."""
    models = np.atleast_2d(scores)
    return sum(_model_placements(model, labels) for model in models) / len(models)


def _model_placements(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    positive = np.asarray(labels).astype(bool)
    if positive.all() or not positive.any() or np.isnan(scores).any():
        return np.full(len(positive), np.nan)
    return placements(scores, positive)


def _mean_and_error(placements: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    positive = np.asarray(labels).astype(bool)
    sides = placements[positive], placements[~positive]
    if not (len(sides[0]) and len(sides[1])):
        return math.nan, math.nan
    auc = float(sides[0].mean())
    if min(map(len, sides)) < 2:
        return auc, math.nan
    return auc, math.sqrt(sum(float(np.var(side, ddof=1)) / len(side) for side in sides))
