"""The outer objective of methods that learn from validation data, and the gradient it gives their own parameters."""

from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor

from autoloss.losses import CandidateLoss, stack

Outer = Callable[[Tensor, Tensor], Tensor]  # (logits, y) → scalar


def outer_loss(task: str) -> Outer:
    """Mean cross-entropy, or mean squared error for regression. (logits, y) → scalar."""
    if task == "multiclass":
        return F.cross_entropy
    if task == "regression":
        return lambda logits, y: F.mse_loss(logits, y.to(logits.dtype))
    return lambda logits, y: F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype))


def is_outer_objective(loss: CandidateLoss) -> bool:
    """Whether a candidate is what `outer_loss` averages. A function of the user's own sets `outer_objective = True`."""
    return bool(getattr(loss, "outer_objective", False))


class MixtureObjective:
    """The validation mixture Σ_ij w_ij(V) c_j ℓ_ij / B, which also depends on V directly.

    Calling it gives the value as a function of the model alone; `direct` is then the same value as a function of V
    alone.

    Args:
        losses: the K candidates.
        weights: (logits, y) → [K] or [B, K], with V's graph.
        coefficients: [K] c_j.
    """

    def __init__(
        self, losses: Sequence[CandidateLoss], weights: Callable[[Tensor, Tensor], Tensor], coefficients: Tensor
    ):
        self.losses, self.mixture_weights, self.coefficients = losses, weights, coefficients
        self.direct: Tensor | None = None

    def __call__(self, logits: Tensor, y: Tensor) -> Tensor:
        weights = self.mixture_weights(logits.detach(), y).to(logits.dtype)
        scaled = self.coefficients * stack(self.losses, logits, y)
        self.direct = (weights * scaled.detach()).sum(1).mean()
        return (weights.detach() * scaled).sum(1).mean()


def meta_objective(weights: Tensor, hypergradient: Tensor, direct: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """A scalar whose gradient with respect to V is that of the outer objective, divided by its typical size.

    Args:
        weights: [K] or [B, K] with V's graph.
        hypergradient: [B, K] s_ij, candidates' scale included.
        direct: the objective's direct dependence on V, if it has one.

    Returns:
        (objective, size): size is the mean |s_ij|; the gradient times size is the exact hypergradient.
    """
    size = hypergradient.abs().mean().clamp_min(1e-30)
    objective = -(weights * (hypergradient / size)).sum(1).mean()
    return (objective if direct is None else objective + direct / size), size
