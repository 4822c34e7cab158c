"""Log-cosh: like squared error for small errors and absolute error for large ones, smooth everywhere."""

import math

import torch.nn.functional as F
from torch import Tensor

from autoloss.losses import Loss, Prediction


class LogCosh(Loss):
    """log cosh(z - y): ½ d² for small d, |d| - log 2 for large."""

    tasks = ("regression",)

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        d = prediction.logits - prediction.y
        return d - F.logsigmoid(2 * d) - math.log(2)  # cosh itself overflows; its logarithm does not
