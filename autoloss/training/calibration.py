"""Calibration: how good the predictions are once what a single map of the logits can repair is repaired.

Two maps are fitted on validation, neither of which touches the model:

- `affine` scales and shifts. Binary: Platt scaling (Platt, 1999). Several classes: one temperature and a bias for each
  class (bias-corrected temperature scaling; Alexandari et al., 2020). Regression: a line by least squares. A loss that
  over- or under-predicts as a whole is repaired by the shift.
- `temperature` divides by one number T > 0 (Guo et al., 2017, section 4.2). It cannot shift. For classes only.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autoloss.errors import UserError
from autoloss.training.outcome import Calibration

SMALLEST, LARGEST = 1e-3, 1e3  # what T is bounded by: on separable validation data the best T would be 0
ITERATIONS, TOLERANCE = 100, 1e-10  # of log T


def fit(logits: Tensor, y: Tensor, task: str) -> dict[str, Calibration]:
    """Both maps, fitted on one split.

    Args:
        logits: [N] (binary, regression) or [N, C].
        y: [N] labels.
        task: binary, multiclass or regression.

    Raises:
        UserError: a logit is not finite.
    """
    if not torch.isfinite(logits).all():
        raise UserError("calibration: found a logit that is not finite, expected finite numbers")
    if task == "regression":
        return {"affine": _line(logits.double(), y.double())}
    temperature = Calibration(1 / fit_temperature(logits, y, task), [0.0] * (logits.shape[1] if logits.ndim > 1 else 1))
    return {"affine": _fit_affine(logits.double(), y, task), "temperature": temperature}


def _line(predicted: Tensor, y: Tensor) -> Calibration:
    """Least squares; where all predictions are alike, only the shift."""
    centred = predicted - predicted.mean()
    variance = centred.square().mean().item()
    scale = (centred * y).mean().item() / variance if variance > 0 else 1.0
    return Calibration(scale, [(y.mean() - scale * predicted.mean()).item()])


def _fit_affine(logits: Tensor, y: Tensor, task: str) -> Calibration:
    """Minimises the cross-entropy, with a standard normal prior on the distance from the identity.

    The prior weighs as much as one row does. It keeps the map finite where the classes are separable or one is absent.
    """
    unit = logits.std(correction=0).item() or 1.0  # so that both parameters have the same scale
    change = logits.new_zeros(1 + (logits.shape[1] if task == "multiclass" else 1)).requires_grad_()
    search = torch.optim.LBFGS(
        [change], max_iter=200, tolerance_grad=1e-9, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def objective() -> float:
        search.zero_grad()
        mapped = logits * (1 + change[0] / unit) + change[1:]
        if task == "binary":
            loss = F.binary_cross_entropy_with_logits(mapped, y.double())
        else:
            loss = F.cross_entropy(mapped, y.long())
        loss = loss + change.square().sum() / (2 * len(y))
        loss.backward()
        return loss.item()

    with torch.enable_grad():
        search.step(objective)
    scale, *shift = change.detach().tolist()
    return Calibration(1 + scale / unit, shift)


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
    """
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
