"""What is measured on a whole split: exact ranking, calibration, errors. Sums are in float64, counts are exact."""

import math
from operator import mul

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

METRICS = {
    "binary": ("auc", "logloss", "ece"),
    "multiclass": ("auc", "auc_hand_till", "logloss", "ece"),
    "regression": ("rmse", "mae"),
}
ECE_BINS = 15


@torch.no_grad()
def evaluate(logits: Tensor, y: Tensor, task: str, n_classes: int) -> dict[str, float]:
    """The metrics of a task, computed on the device of the tensors.

    Args:
        logits: [N] for binary and regression, [N, C] for C classes.
        y: [N] labels: 0/1, class index, or the target.
        task: binary, multiclass or regression.
        n_classes: C, of multiclass.

    Returns:
        By name, in the order of `METRICS`: auc (multiclass: macro average one-vs-rest), auc_hand_till (average over
        pairs of classes: Hand and Till, 2001, equation 7), both for several classes by the rank of log p_c; logloss
        in nats; ece (see `calibration_error`); rmse and mae in units of the label. Classes that do not occur are
        left out of both AUC averages; what is then undefined is nan, and so is everything if a logit is not finite.
    """
    if not torch.isfinite(logits).all():
        return dict.fromkeys(METRICS[task], math.nan)
    logits = logits.double()
    if task == "regression":
        error = logits - y
        return {"rmse": error.square().mean().sqrt().item(), "mae": error.abs().mean().item()}
    labels = y.long()
    if task == "binary":
        auc = {"auc": binary_auc(logits, labels)}
        logloss = F.binary_cross_entropy_with_logits(logits, y.double())
        ece = calibration_error(logits.sigmoid(), labels)
    else:
        log_probs = F.log_softmax(logits, 1)
        auc = multiclass_auc(log_probs, labels, n_classes)
        logloss = F.nll_loss(log_probs, labels)
        top, predicted = log_probs.max(1)
        ece = calibration_error(top.exp(), predicted == labels)
    return {**auc, "logloss": logloss.item(), "ece": ece}


def binary_auc(scores: Tensor, labels: Tensor) -> float:
    """Share of the pairs (positive, negative) that `scores` ranks rightly, a tie counting half.

    Args:
        scores: [N] any increasing function of the predicted probability.
        labels: [N] 0 or 1.

    Returns:
        The exact AUC; nan if there is one class only.
    """
    positive, negative = _sorted(scores[labels == 1]), _sorted(scores[labels == 0])
    return _auc(positive, negative) if len(positive) and len(negative) else math.nan


def multiclass_auc(scores: Tensor, labels: Tensor, n_classes: int) -> dict[str, float]:
    """The two averages of binary AUCs for C classes; see `evaluate`.

    Args:
        scores: [N, C] any increasing function of the predicted probabilities, the same for all.
        labels: [N] class index.
        n_classes: C.

    Returns:
        auc and auc_hand_till.
    """
    by_class = [scores[labels == c].T.contiguous() for c in range(n_classes)]  # of class c: [C, N_c]
    one_vs_rest, one_vs_one = [], []
    for c in range(n_classes):
        positive, *others = (_sorted(of_class[c]) for of_class in (by_class[c], *by_class[:c], *by_class[c + 1 :]))
        others = [other for other in others if len(other)]
        if len(positive) and others:
            aucs, sizes = [_auc(positive, other) for other in others], [len(other) for other in others]
            one_vs_one += aucs
            one_vs_rest.append(sum(map(mul, aucs, sizes)) / sum(sizes))
    return {"auc": _mean(one_vs_rest), "auc_hand_till": _mean(one_vs_one)}


def calibration_error(confidence: Tensor, hit: Tensor) -> float:
    """Expected calibration error: Σ_b (n_b / N) |mean hit - mean confidence| over 15 bins of equal width.

    Binary predictions are binned by the probability of the positive class (hit: the label is positive), those for
    more classes by the probability of the most probable class (hit: it is the label). Bin b holds
    b/15 ≤ confidence < (b+1)/15; 1 belongs to the last one. Guo et al. (2017), equation 3.

    Args:
        confidence: [N] float64.
        hit: [N] 0/1 or bool.
    """
    bins = (confidence * ECE_BINS).long().clamp_(max=ECE_BINS - 1)
    excess = torch.zeros(ECE_BINS, dtype=torch.double, device=bins.device).index_add_(
        0, bins, hit.double() - confidence
    )
    return excess.abs().sum().item() / len(bins)


def _auc(positive: Tensor, negative: Tensor) -> float:
    """AUC from the sorted scores of either class: for each positive, how many negatives are below it, ties half."""
    below = torch.searchsorted(negative, positive).sum() + torch.searchsorted(negative, positive, right=True).sum()
    return below.item() / (2 * len(positive) * len(negative))


def _sorted(scores: Tensor) -> Tensor:
    if scores.device.type != "cpu":
        return scores.sort().values
    return torch.from_numpy(np.sort(scores.numpy()))  # the values alone: ten times as fast as torch's sort


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
