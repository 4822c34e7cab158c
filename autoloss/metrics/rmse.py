"""Root mean squared error, in units of the label."""

import numpy as np

from autoloss.metrics._metric import Metric, Outputs


class Rmse(Metric):
    """Root mean squared error."""

    title = phrase = "RMSE"
    tasks = ("regression",)
    higher_is_better = False
    decides = True
    headline = True

    def compute(self, outputs: Outputs) -> float:
        return (outputs.logits - outputs.y).square().mean().sqrt().item()

    def optimum(self, truth: np.ndarray, y: np.ndarray) -> float | None:
        return float(np.sqrt(np.mean((truth - y) ** 2)))

    def influence(self, logits: np.ndarray, y: np.ndarray) -> np.ndarray:
        squares = (logits.astype(np.float64) - y) ** 2
        mean = squares.mean()
        return (squares - mean) / (2 * np.sqrt(mean)) if mean > 0 else squares
