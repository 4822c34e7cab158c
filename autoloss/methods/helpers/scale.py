"""Candidate losses brought to one gradient scale, so that a mixture's weights mean what they say.

Each candidate is divided by a running root mean square of its gradient with respect to the logits. Without that a
look-ahead rewards whichever candidate has the larger gradient, which Adam on W then cancels. All quotients are
multiplied by the geometric mean of those root mean squares, so that the mixture as a whole keeps the size its
candidates have (a learning rate for SGD, or a weight decay, means the same for a mixture as for one loss).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss, stack

DECAY = 0.9
SMALLEST = 1e-3  # of the largest: a candidate whose gradient vanishes is amplified a thousandfold at most


class GradientScale(torch.nn.Module):
    """c_j = (Π_k r_k)^(1/K) / r_j, with r_j² a running mean over batches of mean_i ‖∂ℓ_ij/∂z_i‖².

    Args:
        n_losses: K.
    """

    def __init__(self, n_losses: int):
        super().__init__()
        self.register_buffer("mean_square", torch.ones(n_losses))
        self.register_buffer("batches", torch.zeros(()))

    def refresh(self, losses: Sequence[CandidateLoss], logits: Tensor, y: Tensor) -> None:
        """Takes a batch into the running mean; logits [B] or [B, C], y [B]."""
        gradients = slopes(losses, logits, y)
        now = gradients.square().flatten(2).sum(2).mean(0) if logits.dim() == 2 else gradients.square().mean(0)
        decay = torch.where(self.batches > 0, DECAY, 0.0)
        self.mean_square.mul_(decay).add_((1 - decay) * now)
        self.batches.add_(1)

    def coefficients(self) -> Tensor:
        """[K] c_j, constants for autograd."""
        size = self.mean_square.sqrt()
        log_size = torch.maximum(size, SMALLEST * size.max()).clamp_min(1e-30).log()
        return (log_size.mean() - log_size).exp()


def slopes(losses: Sequence[CandidateLoss], logits: Tensor, y: Tensor) -> Tensor:
    """[B, K] or [B, K, C] ∂ℓ_ij/∂z_i, detached."""
    with torch.enable_grad():
        z = logits.detach().requires_grad_()
        totals = stack(losses, z, y).sum(0)
        each = [torch.autograd.grad(totals[j], z, retain_graph=True)[0] for j in range(len(losses))]
    return torch.stack(each, 1)
