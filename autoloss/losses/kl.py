"""Kullback–Leibler divergence between the smoothed label and the prediction."""

import math

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import Loss, Prediction
from autoloss.ranges import Probability


class KL(Loss):
    """KL(q‖p) = Σ_c q_c log(q_c / p_c), or reversed KL(p‖q) = Σ_c p_c log(p_c / q_c).

    q is the label smoothed over all C classes (Szegedy et al., 2016): q_y = 1 - ε + ε/C, and ε/C for every other
    class. So for binary q = (ε/2, 1 - ε/2) for a positive. KL(q‖p) takes soft labels y too: q = (1 - ε) y + ε/C.

    Args:
        epsilon: ε, 0 ≤ ε < 1. With 0, KL(q‖p) is cross-entropy itself and KL(p‖q) is infinite.
        reverse: KL(p‖q) in place of KL(q‖p); needs ε > 0.

    Raises:
        UserError: epsilon is out of range.
    """

    def __init__(self, *, epsilon: Probability = 0.05, reverse: bool = False):
        if not 0 <= epsilon < 1:
            raise UserError(f"kl: epsilon: found {epsilon!r}, expected a number from 0 to less than 1")
        if reverse and epsilon == 0:
            raise UserError("kl: epsilon: found 0 with reverse, expected more than 0: KL(p‖q) would be infinite")
        self.epsilon, self.reverse, self.soft_labels = epsilon, reverse, not reverse

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        log_p = prediction.log_probs
        other = self.epsilon / log_p.shape[1]  # q of a class that is not the label
        label = 1 - self.epsilon + other
        if self.reverse:  # Σ_c p_c log q_c = log q_other + p_y (log q_y - log q_other)
            p_log_q = math.log(other) + math.log(label / other) * prediction.log_prob_true.exp()
            return (log_p.exp() * log_p).sum(1) - p_log_q
        whole = label * math.log(label) + (log_p.shape[1] - 1) * (other * math.log(other) if other else 0.0)
        return self._q_log_q(prediction, whole) - (1 - self.epsilon) * prediction.log_prob_true - other * log_p.sum(1)

    def _q_log_q(self, prediction: Prediction, whole: float) -> Tensor | float:
        """Σ_c q_c log q_c: `whole` where the label is, [B] where some may be soft."""
        y, n_classes = prediction.y, prediction.log_probs.shape[1]
        if y.dim() == 2:
            return _plogp((1 - self.epsilon) * y.to(prediction.logits.dtype) + self.epsilon / n_classes).sum(1)
        if prediction.logits.dim() == 2 or not y.is_floating_point():
            return whole
        positive = (1 - self.epsilon) * y.to(prediction.logits.dtype) + self.epsilon / 2
        return torch.where((y > 0) & (y < 1), _plogp(positive) + _plogp(1 - positive), whole)


def _plogp(q: Tensor) -> Tensor:
    return torch.xlogy(q, q)
