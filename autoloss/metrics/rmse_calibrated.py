"""RMSE after calibration: what is left once scale and shift of the predictions are set right."""

import numpy as np

from autoloss.metrics.rmse import Rmse


class RmseCalibrated(Rmse):
    """The RMSE after a line that was fitted on validation by least squares."""

    title, phrase = "RMSE, calibrated", "RMSE after calibration"
    calibrated = "affine"
    decides = False

    def optimum(self, truth: np.ndarray, y: np.ndarray) -> None:
        """None: the optimum is that of the RMSE itself."""
