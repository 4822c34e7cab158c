"""The metrics of a model's outputs on a whole split. Sums are float64, counts exact."""

import math

import torch
from torch import Tensor

from autoloss import metrics
from autoloss.metrics import Outputs


@torch.no_grad()
def evaluate(logits: Tensor, y: Tensor, task: str, temperature: float | None = None) -> dict[str, float]:
    """The metrics of a task, computed on the device of the tensors.

    Args:
        logits: [N] for binary and regression, [N, C] for C classes.
        y: [N] labels: 0/1, class index, or the target.
        task: binary, multiclass or regression.
        temperature: as fitted on validation; without it, calibrated metrics are left out.

    Returns:
        {name: value}; all NaN if a logit is not finite.
    """
    wanted = [metrics.get(name) for name in metrics.names(task)]
    if temperature is None:
        wanted = [metric for metric in wanted if not metric.calibrated]
    if not torch.isfinite(logits).all():
        return {metric.name: math.nan for metric in wanted}
    logits = logits.double()
    plain = Outputs(logits, y, task)
    calibrated = plain if temperature is None else Outputs(logits / temperature, y, task)
    return {metric.name: metric.compute(calibrated if metric.calibrated else plain) for metric in wanted}
