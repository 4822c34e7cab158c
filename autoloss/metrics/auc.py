"""Area under the ROC curve: the fraction of pairs (positive, negative) that the scores rank correctly.

A tie counts one half. For several classes: the average over classes of one-vs-rest AUCs, ranked by log p_c; classes
that do not occur are left out.
"""

import math
from operator import mul
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from autoloss.metrics._metric import Metric, Outputs

if TYPE_CHECKING:
    from torch import Tensor
Array = TypeVar("Array", np.ndarray, "Tensor")


class Auc(Metric):
    """AUC, exact: pairs are counted by sorting."""

    title = phrase = "AUC"
    tasks = ("binary", "multiclass")
    higher_is_better = True
    decides = True
    headline = True
    in_paper = True

    def compute(self, outputs: Outputs) -> float:
        if outputs.task == "binary":
            return binary_auc(outputs.logits, outputs.labels == 1)
        return mean([one_vs_rest for one_vs_rest, _ in outputs.shared(by_class)])

    def optimum(self, truth: np.ndarray, y: np.ndarray) -> float | None:
        if truth.ndim == 1:
            return binary_auc(truth, y == 1)
        return mean([binary_auc(truth[:, c], y == c) for c in range(truth.shape[1]) if 0 < (y == c).sum() < len(y)])

    def influence(self, logits: np.ndarray, y: np.ndarray) -> np.ndarray:
        if logits.ndim == 1:
            return _binary_influence(logits, y == 1)
        scores = logits.astype(np.float64)
        scores -= scores.max(1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(1, keepdims=True))  # the order of p_c is not that of the logit
        occur = [c for c in range(scores.shape[1]) if 0 < (y == c).sum() < len(y)]
        found = [_binary_influence(scores[:, c], y == c) for c in occur]
        return sum(found, np.zeros(len(y))) / len(found) if found else np.full(len(y), np.nan)


def binary_auc(scores: "Array", positive: "Array") -> float:
    """The AUC of one binary problem; NaN if a class is absent.

    Args:
        scores: [N] any increasing function of the predicted probability.
        positive: [N] bool.
    """
    return _of_sorted(_sorted(scores[positive]), _sorted(scores[~positive]))


def by_class(outputs: Outputs) -> list[tuple[float, list[float]]]:
    """For each class that occurs beside another: its one-vs-rest AUC, and its AUC against each other class."""
    scores = outputs.log_probabilities
    classes = range(scores.shape[1])
    grouped = [scores[outputs.labels == c].T.contiguous() for c in classes]  # of class c: [C, N_c]
    found = []
    for c in classes:
        positive, *others = (_sorted(of_class[c]) for of_class in (grouped[c], *grouped[:c], *grouped[c + 1 :]))
        others = [other for other in others if len(other)]
        if len(positive) and others:
            aucs, sizes = [_of_sorted(positive, other) for other in others], [len(other) for other in others]
            found.append((sum(map(mul, aucs, sizes)) / sum(sizes), aucs))
    return found


def placements(scores: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """[N] float64: for a positive row the fraction of negatives below it, for a negative one of positives above it.

    The mean over positive rows is the AUC, as is that over negative rows (DeLong, DeLong & Clarke-Pearson 1988).

    Args:
        scores: [N].
        positive: [N] bool; both classes must occur.
    """
    found = np.empty(len(scores))
    for rows, others, above in ((positive, ~positive, False), (~positive, positive, True)):
        own, among = scores[rows], np.sort(scores[others])
        order = np.argsort(own, kind="stable")
        below = np.empty(len(own))
        below[order] = twice_below(own[order], among) / 2 / len(among)
        found[rows] = 1 - below if above else below
    return found


def _binary_influence(scores: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """[N] placements as deviations from the AUC, each divided by the fraction of its class."""
    share = float(positive.mean())
    if share in (0.0, 1.0) or np.isnan(scores).any():
        return np.full(len(scores), np.nan)
    found = placements(scores, positive)
    return (found - found[positive].mean()) / np.where(positive, share, 1 - share)


def twice_below(values: "Array", among: "Array") -> "Array":
    """Twice the number of the sorted `among` below each of `values`, a tie counting half."""
    search: Any = np.searchsorted
    if not isinstance(values, np.ndarray):  # it lies on an accelerator
        from torch import searchsorted as search
    return search(among, values, side="left") + search(among, values, side="right")


def _of_sorted(positive: "Array", negative: "Array") -> float:
    """The AUC from the sorted scores of the two classes."""
    pairs = len(positive) * len(negative)
    return twice_below(positive, negative).sum().item() / (2 * pairs) if pairs else math.nan


def _sorted(scores: "Array") -> Any:
    """On the CPU always an array of numpy."""
    if isinstance(scores, np.ndarray):
        return np.sort(scores)
    # numpy sorts values alone ten times as fast as torch does on a CPU
    return np.sort(scores.numpy()) if scores.device.type == "cpu" else scores.sort().values


def mean(values: list[float]) -> float:
    """The mean; NaN of nothing."""
    return sum(values) / len(values) if values else math.nan
