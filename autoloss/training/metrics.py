"""What is measured on a whole split: exact ranking, calibration, errors. Sums are in float64, counts are exact."""

import math
from collections.abc import Sequence

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
        pairs of classes: Hand and Till, 2001, equation 7), logloss in nats, ece (`calibration_error`); rmse and mae
        in units of the label. Classes that do not occur are left out of both AUC averages; what is then undefined is
        nan, and so is everything if a logit is not finite.
    """
    if not torch.isfinite(logits).all():
        return dict.fromkeys(METRICS[task], math.nan)
    logits = logits.double()
    if task == "regression":
        error = logits - y
        return {"rmse": error.square().mean().sqrt().item(), "mae": error.abs().mean().item()}
    if task == "binary":
        labels = y.long()
        auc = {"auc": binary_auc(logits, labels)}
        log_prob_true = F.logsigmoid(torch.where(labels == 1, logits, -logits))
        ece = calibration_error(logits.sigmoid(), labels)
    else:
        labels = y.long()
        log_probs = F.log_softmax(logits, 1)
        auc = multiclass_auc(log_probs, labels, n_classes)
        log_prob_true = log_probs.gather(1, labels[:, None])
        top, predicted = log_probs.max(1)
        ece = calibration_error(top.exp(), predicted == labels)
    return {**auc, "logloss": -log_prob_true.mean().item(), "ece": ece}


def binary_auc(scores: Tensor, labels: Tensor) -> float:
    """Share of the pairs (positive, negative) that `scores` [N] ranks rightly, a tie counting half.

    Args:
        scores: [N] any increasing function of the predicted probability.
        labels: [N] 0 or 1.

    Returns:
        The exact AUC; nan if there is one class only.
    """
    negatives, positives = torch.bincount(labels, minlength=2).tolist()
    wins = _wins(scores, labels, 1, [0])[0]
    return wins / (2 * positives * negatives) if positives and negatives else math.nan


def multiclass_auc(scores: Tensor, labels: Tensor, n_classes: int) -> dict[str, float]:
    """The two averages of binary AUCs for C classes; see `evaluate`.

    Args:
        scores: [N, C] any increasing function of the predicted probabilities, the same for all.
        labels: [N] class index.
        n_classes: C.

    Returns:
        auc and auc_hand_till.
    """
    counts = torch.bincount(labels, minlength=n_classes).tolist()
    present = [c for c in range(n_classes) if counts[c]]
    if len(present) < 2:
        return {"auc": math.nan, "auc_hand_till": math.nan}
    one_vs_rest, one_vs_one = [], []
    for c in present:  # one ranking per class serves all comparisons with the others
        others = [j for j in present if j != c]
        wins = _wins(scores[:, c], labels, c, others)
        one_vs_rest.append(sum(wins) / (2 * counts[c] * (len(labels) - counts[c])))
        one_vs_one += [w / (2 * counts[c] * counts[j]) for w, j in zip(wins, others, strict=True)]
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


def _wins(scores: Tensor, labels: Tensor, c: int, others: Sequence[int]) -> list[int]:
    """For each class j of `others`: twice the number of pairs (example of c, example of j) in which the first has
    the higher score, plus the number of ties."""
    scores, order = scores.sort()
    labels = labels[order]
    last = torch.ones_like(labels, dtype=torch.bool)  # of each group of equal scores
    last[:-1] = scores[1:] != scores[:-1]
    ends = last.nonzero().squeeze(1)

    def up_to(label: int) -> Tensor:
        """[G + 1] how many examples of a class there are before the first group, up to the first, the second, …"""
        return F.pad((labels == label).cumsum(0)[ends], (1, 0))

    in_group = up_to(c).diff()
    return [(in_group * (below[1:] + below[:-1])).sum().item() for below in map(up_to, others)]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
