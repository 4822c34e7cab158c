"""The metrics of a model's outputs on a whole split. Sums are float64, counts exact."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from autoloss import metrics
from autoloss.metrics import Outputs
from autoloss.training.outcome import Calibration


@torch.no_grad()
def evaluate(
    logits: Tensor, y: Tensor, task: str, calibrations: Mapping[str, Calibration] | None = None
) -> dict[str, float]:
    """The metrics of a task, computed on the device of the tensors.

    Args:
        logits: [N] for binary and regression, [N, C] for C classes.
        y: [N] labels: 0/1, class index, or the target.
        task: binary, multiclass or regression.
        calibrations: as fitted on validation, by kind; without them, calibrated metrics are left out.

    Returns:
        {name: value}; all NaN if a logit is not finite.
    """
    wanted = [metrics.get(name) for name in metrics.names(task)]
    if calibrations is None:
        wanted = [metric for metric in wanted if not metric.calibrated]
    if not torch.isfinite(logits).all():
        return {metric.name: math.nan for metric in wanted}
    plain = Outputs(logits.double(), y, task)
    mapped = {kind: Outputs(calibration(plain.logits), y, task) for kind, calibration in (calibrations or {}).items()}
    return {m.name: m.compute(mapped[m.calibrated] if m.calibrated else plain) for m in wanted}
