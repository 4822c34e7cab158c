"""Log loss after temperature scaling alone, as earlier versions reported it. It goes with the next version."""

from autoloss.metrics.logloss_calibrated import LoglossCalibrated


class LoglossTemperature(LoglossCalibrated):
    """The log loss of the logits divided by one temperature, fitted on validation."""

    title, phrase = "Logloss, temperature alone", "logloss after temperature scaling"
    calibrated = "temperature"
    headline = False
