"""One gradient scale for all candidate losses, so that a mixture's weights mean what they say.

Each candidate is divided by a running root mean square of its gradient with respect to the logits. Otherwise a
look-ahead rewards the candidate with the larger gradient, and Adam on W then cancels that advantage. All quotients are
multiplied by the geometric mean of the root mean squares: the mixture as a whole keeps the scale of its candidates,
so a learning rate of SGD, or a weight decay, means the same for a mixture as for a single loss.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss, stack

DECAY = 0.9
SMALLEST = 1e-3  # relative to the largest: a candidate with a vanishing gradient is amplified at most a thousandfold


class GradientScale(torch.nn.Module):
    """c_j = (Π_k r_k)^(1/K) / r_j, with r_j² a running mean over batches of mean_i ‖∂ℓ_ij/∂z_i‖².

    Args:
        n_losses: K.
    """

    mean_square: Tensor  # [K]
    batches: Tensor

    def __init__(self, n_losses: int):
        super().__init__()
        self.register_buffer("mean_square", torch.ones(n_losses))
        self.register_buffer("batches", torch.zeros(()))

    def refresh(self, losses: Sequence[CandidateLoss], logits: Tensor, y: Tensor) -> None:
        """Adds a batch to the running mean; logits [B] or [B, C], y [B]."""
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
