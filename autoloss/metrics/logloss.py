"""Log loss: the mean cross-entropy of the predicted probabilities, in nats."""

import numpy as np

from autoloss.metrics._metric import Metric, Outputs


class Logloss(Metric):
    """Computed from logits, so that no probability rounds to 0 or 1."""

    title, phrase = "Logloss", "logloss"
    tasks = ("binary", "multiclass")
    higher_is_better = False
    headline = True
    in_paper = True

    def compute(self, outputs: Outputs) -> float:
        from torch.nn import functional as F

        if outputs.task == "binary":
            return F.binary_cross_entropy_with_logits(outputs.logits, outputs.y.double()).item()
        return F.nll_loss(outputs.log_probabilities, outputs.labels).item()

    def optimum(self, truth: np.ndarray, y: np.ndarray) -> float | None:
        labels = y.astype(np.int64)
        right = np.where(labels == 1, truth, 1 - truth) if truth.ndim == 1 else truth[np.arange(len(y)), labels]
        return float(-np.log(right).mean())

    def influence(self, logits: np.ndarray, y: np.ndarray) -> np.ndarray:
        losses = per_row(logits, y)
        return losses - losses.mean()


def per_row(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """[N] float64 loss of each row.

    Args:
        logits: [N] (binary) or [N, C].
        labels: [N] class indices.
    """
    logits = logits.astype(np.float64)
    if logits.ndim == 1:
        return np.logaddexp(0.0, np.where(labels.astype(bool), -logits, logits))
    shifted = logits - logits.max(1, keepdims=True)
    return np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(labels)), labels.astype(np.int64)]
