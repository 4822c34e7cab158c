"""Absolute error."""

from torch import Tensor

from autoloss.losses import Loss, Prediction


class MAE(Loss):
    """|z - y|; its slope at 0 is defined as 0."""

    tasks = ("regression",)

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        return (prediction.logits - prediction.y).abs()
