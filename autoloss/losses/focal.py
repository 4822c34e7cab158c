"""Focal loss: cross-entropy with less weight on examples that are already right. Lin et al., ICCV 2017, equation 5."""

import math
from typing import Annotated

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import Loss, Prediction
from autoloss.ranges import NonNegativeFloat, Range


class Focal(Loss):
    """-α_y (1 - p_y)^γ log p_y.

    Args:
        gamma: γ ≥ 0; 0 is cross-entropy.
        alpha: one weight per class, at least 0. A single number from 0 to 1 is short for (1 - alpha, alpha), for
            binary labels, as in the paper. None: no weights.

    Raises:
        UserError: a parameter is out of range, or, when called, the number of weights is not that of the classes.
    """

    def __init__(
        self,
        *,
        gamma: NonNegativeFloat = 2.0,
        alpha: Annotated[float, Range(ge=0, le=1)] | tuple[NonNegativeFloat, ...] | None = None,
    ):
        if not (gamma >= 0 and math.isfinite(gamma)):
            raise UserError(f"focal: gamma: found {gamma!r}, expected a number of at least 0")
        self.gamma, self.alpha = gamma, _class_weights(alpha)

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        classes = prediction.classes[:, None]
        # log(1 - p_y) as the sum over the other classes: neither 1 - p_y nor its slope degenerates as p_y → 1
        log_rest = prediction.log_probs.scatter(1, classes, -math.inf).logsumexp(1)
        loss = -(self.gamma * log_rest).exp() * prediction.log_prob_true
        return loss if self.alpha is None else loss * _weight(prediction, self.alpha)


def _weight(prediction: Prediction, alpha: tuple[float, ...]) -> Tensor:
    """[B] α_y, computed without copying anything to the device."""
    n_classes, dtype = prediction.log_probs.shape[1], prediction.log_probs.dtype
    if len(alpha) != n_classes:
        raise UserError(f"focal: alpha: found {len(alpha)} class weights, expected {n_classes}, one per class")
    return torch.stack([weight * (prediction.classes == c).to(dtype) for c, weight in enumerate(alpha)]).sum(0)


def _class_weights(alpha: float | tuple[float, ...] | None) -> tuple[float, ...] | None:
    if alpha is None:
        return None
    if isinstance(alpha, int | float):
        if not 0 <= alpha <= 1:
            raise UserError(f"focal: alpha: found {alpha!r}, expected a number from 0 to 1")
        return 1 - alpha, alpha
    if not all(weight >= 0 and math.isfinite(weight) for weight in alpha):
        raise UserError(f"focal: alpha: found {list(alpha)!r}, expected weights of at least 0")
    return tuple(alpha)
