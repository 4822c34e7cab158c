"""One fixed loss: what everyone does, and the paper's first four columns (focal, KL, hinge, cross-entropy).

Equation: L = mean_i ℓ(z_i, y_i).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss
from autoloss.methods import Method


class Fixed(Method):
    """Trains by one loss, at no more cost than the plain step.

    Args:
        losses: exactly one.
        n_outputs: as in `Method`.

    Raises:
        UserError: not exactly one loss.
    """

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int):
        super().__init__(losses, n_outputs)
        if len(self.losses) != 1:
            raise UserError(f"method fixed: losses: expected exactly one, found {len(self.losses)}")

    def weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, 1] ones."""
        return torch.ones(len(y), 1, dtype=logits.dtype, device=logits.device)

    def training_loss(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """The mean of the loss over the batch, without a detour over weights."""
        return self.losses[0](logits, y).mean()
