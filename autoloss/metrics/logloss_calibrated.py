"""Log loss after calibration: what is left once scale and shift of the logits are set right."""

import numpy as np

from autoloss.metrics.logloss import Logloss


class LoglossCalibrated(Logloss):
    """The log loss after Platt scaling, or one temperature with a bias for each class, fitted on validation."""

    title, phrase = "Logloss, calibrated", "logloss after calibration"
    calibrated = "affine"
    in_paper = False

    def optimum(self, truth: np.ndarray, y: np.ndarray) -> None:
        """None: the optimum is that of the log loss itself."""
