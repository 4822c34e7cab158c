"""Mean absolute error, in units of the label."""

import numpy as np

from autoloss.metrics._metric import Metric, Outputs


class Mae(Metric):
    """Mean absolute error."""

    title = phrase = "MAE"
    tasks = ("regression",)
    higher_is_better = False
    headline = True

    def compute(self, outputs: Outputs) -> float:
        return (outputs.logits - outputs.y).abs().mean().item()

    def influence(self, logits: np.ndarray, y: np.ndarray) -> np.ndarray:
        errors = np.abs(logits.astype(np.float64) - y)
        return errors - errors.mean()
