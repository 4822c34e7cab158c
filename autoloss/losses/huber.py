"""Huber loss: squared error for small errors, absolute error for large ones. Huber (1964)."""

import math

from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import Loss, Prediction
from autoloss.ranges import PositiveFloat


class Huber(Loss):
    """½ d² where |d| ≤ δ, δ (|d| - ½ δ) elsewhere, d = z - y.

    Args:
        delta: δ > 0, in units of the label.

    Raises:
        UserError: delta is not positive.
    """

    tasks = ("regression",)

    def __init__(self, *, delta: PositiveFloat = 1.0):
        if not (delta > 0 and math.isfinite(delta)):
            raise UserError(f"huber: delta: found {delta!r}, expected a number above 0")
        self.delta = delta

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        d = prediction.logits - prediction.y
        near = d.clamp(-self.delta, self.delta)
        return near * (d - 0.5 * near)
