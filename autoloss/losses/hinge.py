"""Hinge loss: the label's logit should exceed the others by a margin."""

import math

from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import Loss, Prediction
from autoloss.ranges import PositiveFloat


class Hinge(Loss):
    """Mean over the other classes c ≠ y of max(0, m - (z_y - z_c)).

    Weston and Watkins (1999), divided by the number of other classes; for binary max(0, m - t·z), t = 2y - 1.

    Args:
        margin: m > 0.

    Raises:
        UserError: the margin is not positive.
    """

    def __init__(self, *, margin: PositiveFloat = 1.0):
        if not (margin > 0 and math.isfinite(margin)):
            raise UserError(f"hinge: margin: found {margin!r}, expected a number above 0")
        self.margin = margin

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        z = prediction.class_logits
        lag = z - z.gather(1, prediction.classes[:, None])  # [B, C] z_c - z_y; 0 for the label itself
        return ((self.margin + lag).relu().sum(1) - self.margin) / (z.shape[1] - 1)
