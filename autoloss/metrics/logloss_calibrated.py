"""Log loss after temperature scaling: what is left once the overall sharpness is set right."""

import numpy as np

from autoloss.metrics.logloss import Logloss


class LoglossCalibrated(Logloss):
    """The log loss of the logits divided by the temperature that was fitted on validation."""

    title, phrase = "Logloss, calibrated", "logloss after calibration"
    calibrated = True
    in_paper = False

    def optimum(self, truth: np.ndarray, y: np.ndarray) -> None:
        """None: the optimum is that of the log loss itself."""
