"""Paired bootstrap over test rows: AUC (binary, macro one-vs-rest) and logloss, fast at millions of rows.

Each replicate gives every row an independent Poisson(1) count, the same for both methods (the large-sample form of
drawing N rows with replacement); scores are sorted once, and a replicate's AUC is one pass over sorted counts.
The models are taken as given: what varies here are the test rows, not the seeds.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from autoloss.errors import UserError
from autoloss.metrics.logloss import per_row

Statistic = Callable[[np.ndarray], float]  # counts [N] → metric


@dataclass(frozen=True)
class BootstrapDifference:
    """metric(a) − metric(b) on the rows as they are, with standard error, 95 % percentile interval and two-sided p.

    p is at least 1 / (replicates + 1), 1 when no replicate differs, and NaN (as all else) when the metric is not
    defined: a NaN among the predictions, fewer than two classes.
    """

    difference: float
    se: float
    low: float
    high: float
    p: float
    replicates: int


def paired_bootstrap(
    a: Sequence[np.ndarray],
    b: Sequence[np.ndarray],
    labels: np.ndarray,
    metric: str,
    replicates: int = 1000,
    seed: int = 0,
) -> BootstrapDifference:
    """Resamples the test rows for the mean metric of the models `a` minus that of the models `b`.

    Args:
        a, b: one array of logits per model (say, per seed): [N] binary or [N, C].
        labels: [N] class indices.
        metric: "auc" or "logloss".
        replicates: how many resamples; the smallest p is 2 / (replicates + 1).
        seed: the same seed gives the same resamples.

    Raises:
        UserError: for another metric.
    """
    if metric not in _METRICS:
        raise UserError(f"paired bootstrap: unknown metric '{metric}'; known: {', '.join(_METRICS)}")
    undefined = BootstrapDifference(*[math.nan] * 5, replicates=0)
    if any(np.isnan(logits).any() for logits in (*a, *b)):
        return undefined
    labels = np.asarray(labels)
    sides = [[_METRICS[metric](np.asarray(logits), labels) for logits in side] for side in (a, b)]

    def difference(counts: np.ndarray) -> float:
        return float(np.mean([s(counts) for s in sides[0]]) - np.mean([s(counts) for s in sides[1]]))

    observed = difference(np.ones(len(labels), np.uint8))
    if math.isnan(observed):
        return undefined
    random = np.random.default_rng(seed)
    drawn = np.array([difference(_poisson(random, len(labels))) for _ in range(replicates)])
    drawn = drawn[np.isfinite(drawn)]  # a resample of a tiny set may hold one class only
    if len(drawn) < 2:
        return BootstrapDifference(observed, *[math.nan] * 4, replicates=len(drawn))
    tail = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    return BootstrapDifference(
        observed,
        float(drawn.std(ddof=1)),
        *map(float, np.quantile(drawn, [0.025, 0.975])),
        p=float(min(1.0, 2 * (tail + 1) / (len(drawn) + 1))),
        replicates=len(drawn),
    )


# Poisson(1) by looking up 16 random bits: 1 ns a row; what the rounding of probabilities to 2^-16 changes is far
# below the error of any feasible number of replicates.
_UNIFORM = (np.arange(65536) + 0.5) / 65536
_POISSON_TABLE = np.searchsorted(stats.poisson.cdf(np.arange(12), 1.0), _UNIFORM).astype(np.uint8)


def _poisson(random: np.random.Generator, n: int) -> np.ndarray:
    return _POISSON_TABLE[np.frombuffer(random.bytes(2 * n), np.uint16)]


def _auc(logits: np.ndarray, labels: np.ndarray) -> Statistic:
    if logits.ndim == 1:
        return _binary_auc(logits, labels.astype(bool))
    # One-vs-rest ranks rows by the probability of the class, which is not the order of its logit.
    log_probabilities = special.log_softmax(logits.astype(np.float64), axis=1)
    one_vs_rest = [_binary_auc(log_probabilities[:, c], labels == c) for c in range(logits.shape[1])]

    def macro(counts: np.ndarray) -> float:
        values = np.array([auc(counts) for auc in one_vs_rest])
        defined = values[~np.isnan(values)]  # a class that is absent is left out, as in the metric itself
        return float(defined.mean()) if len(defined) else math.nan

    return macro


def _binary_auc(scores: np.ndarray, positive: np.ndarray) -> Statistic:
    order = np.argsort(scores, kind="stable")
    positives, negatives = order[positive[order]], order[~positive[order]]
    # Position of each positive among the sorted negatives, below and above its ties.
    low = np.searchsorted(scores[negatives], scores[positives], "left")
    high = np.searchsorted(scores[negatives], scores[positives], "right")
    cumulated = np.zeros(len(negatives) + 1, np.int64)

    def auc(counts: np.ndarray) -> float:
        np.cumsum(counts[negatives], out=cumulated[1:])
        weights = counts[positives].astype(np.int64)
        pairs = int(weights.sum()) * int(cumulated[-1])
        return float(weights @ (cumulated[low] + cumulated[high])) / 2 / pairs if pairs else math.nan

    return auc


def _logloss(logits: np.ndarray, labels: np.ndarray) -> Statistic:
    losses = per_row(logits, labels)

    def logloss(counts: np.ndarray) -> float:
        total = int(counts.sum(dtype=np.int64))
        return float(counts @ losses) / total if total else math.nan

    return logloss


_METRICS: dict[str, Callable[[np.ndarray, np.ndarray], Statistic]] = {"auc": _auc, "logloss": _logloss}
