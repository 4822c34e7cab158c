"""A comparison over test rows, from the predictions that the cells stored."""

import numpy as np

from autoloss import metrics
from autoloss.reporting.comparisons.comparison import Comparison
from autoloss.reporting.groups import Group
from autoloss.reporting.predictions import calibrated, predictions
from autoloss.reporting.results import Result
from autoloss.statistics import Uncertainty, over_rows


def of_rows(comparison: Comparison, ours: Group, theirs: Group, labels: np.ndarray) -> Uncertainty | None:
    """How far the difference may be off over test rows, with the models of the paired seeds taken as given.

    Args:
        comparison: the two methods.
        ours, theirs: their planned seeds, on the same test rows.
        labels: [N] of those rows.

    Returns:
        None where predictions are not there, or the metric has no influence function.
    """
    seeds = ours.scores(comparison.metric).keys() & theirs.scores(comparison.metric).keys()
    total = np.zeros(len(labels))
    for group, sign in ((ours, 1), (theirs, -1)):
        for result in (r for r in group.done if r.seed in seeds):
            found = _influence(result, comparison.metric, labels)
            if found is None:
                return None
            total += sign * found
    return over_rows(comparison.over_seeds.difference, total / len(seeds)) if seeds else None


def _influence(result: Result, name: str, labels: np.ndarray) -> np.ndarray | None:
    metric, logits = metrics.get(name), predictions(result, len(labels))
    if logits is not None and metric.calibrated:
        logits = calibrated(result, logits, metric.calibrated)
    return None if logits is None else metric.influence(np.asarray(logits), labels)
