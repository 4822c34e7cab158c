"""What is compared: a test metric of `autoloss.metrics`, or a time."""

from autoloss import metrics

TIMES = {"epoch_seconds": "time per epoch", "seconds_to_quality": "time to CE's best validation AUC"}


def phrase(measure: str) -> str:
    """Its name within a sentence."""
    return TIMES.get(measure) or metrics.get(measure).phrase


def after_calibration(measure: str) -> str | None:
    """The same metric of calibrated predictions; None where there is none."""
    if measure in TIMES:
        return None
    mine = metrics.get(measure)
    alike = (m for m in map(metrics.get, metrics.headline()) if m.calibrated and isinstance(m, type(mine)))
    return next((m.name for m in alike if m.name != measure), None)


def higher_is_better(measure: str) -> bool:
    """Its good direction; of a time, less is better."""
    return measure not in TIMES and metrics.get(measure).higher_is_better
