"""Squared error."""

from torch import Tensor

from autoloss.losses import Loss, Prediction


class MSE(Loss):
    """(z - y)²."""

    tasks = ("regression",)
    outer_objective = True

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        return (prediction.logits - prediction.y).square()
