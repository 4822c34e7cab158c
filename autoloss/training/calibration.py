"""Temperature scaling: how good the probabilities are once their overall sharpness is set right.

One number T > 0, fitted on validation, divides all logits (Guo et al., 2017, section 4.2). Ranking and AUC stay as
they are. For binary there is deliberately no bias beside it (that would be Platt scaling): all tasks get the same
one parameter, so what calibration repairs can be compared between them.
"""

import math

import torch
from torch import Tensor

from autoloss.errors import UserError

SMALLEST, LARGEST = 1e-3, 1e3  # what T is bounded by: on separable validation data the best T would be 0
ITERATIONS, TOLERANCE = 100, 1e-10  # of log T


@torch.no_grad()
def fit_temperature(logits: Tensor, y: Tensor, task: str) -> float:
    """The T that minimises the mean cross-entropy of logits / T.

    The cross-entropy is convex in b = 1/T with slope g(b) = mean_i (E_p[z_i] - z_iy), so the T sought is where g
    changes its sign. Newton's steps on log b, each inside an interval that holds the root, or else its midpoint.

    Args:
        logits: [N] for binary, [N, C] for C classes.
        y: [N] labels: 0/1 or class index.
        task: binary or multiclass.

    Returns:
        T between 0.001 and 1000; 1 where all temperatures are alike (logits of 0).

    Raises:
        UserError: the task is another, or a logit is not finite.
    """
    if task not in ("binary", "multiclass"):
        raise UserError(f"temperature scaling: found task {task!r}, expected binary or multiclass")
    if not torch.isfinite(logits).all():
        raise UserError("temperature scaling: found a logit that is not finite, expected finite numbers")
    logits, y = logits.double(), y.long()
    slope_at = _binary_slope if task == "binary" else _multiclass_slope
    low, high = -math.log(LARGEST), -math.log(SMALLEST)  # of log b
    position = 0.0
    for _ in range(ITERATIONS):
        slope, curvature = slope_at(logits, y, math.exp(position))
        if slope == 0:
            break
        low, high = (low, position) if slope > 0 else (position, high)
        newton = position - slope / (curvature * math.exp(position)) if curvature > 0 else math.inf
        previous, position = position, newton if low < newton < high else (low + high) / 2
        if abs(position - previous) < TOLERANCE:
            break
    return math.exp(-position)


def _binary_slope(z: Tensor, y: Tensor, b: float) -> tuple[float, float]:
    """Mean first and second derivative of -log p_y with respect to b, logits b·z."""
    p = (b * z).sigmoid()
    return (z * (p - y)).mean().item(), (z.square() * p * (1 - p)).mean().item()


def _multiclass_slope(z: Tensor, y: Tensor, b: float) -> tuple[float, float]:
    p = (b * z).softmax(1)
    expected = (p * z).sum(1, keepdim=True)
    slope = (expected - z.gather(1, y[:, None])).mean().item()
    return slope, (p * (z - expected).square()).sum(1).mean().item()
