"""What DARTS and MeLU share: one global vector α, and weights softmax(α) for every example."""

from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods.helpers.diagnostics import Record
from autoloss.methods.helpers.mixture import Mixture


class GlobalVector(Mixture):
    """A mixture with weights softmax(α), learned every few steps from the step that W has just taken.

    Args:
        losses, n_outputs, normalise, every: as in `Mixture`.
    """

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int, normalise: bool, every: int):
        super().__init__(losses, n_outputs, normalise, every)
        self.alpha = torch.nn.Parameter(torch.zeros(len(self.losses)))
        self.record = Record(len(self.losses))

    def mixture_weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[K] softmax(α)."""
        log_probs = self.alpha.detach().log_softmax(0)
        if step % self.every == 0:
            self.record.selection(log_probs.exp(), log_probs)
        return log_probs.exp().to(logits.dtype)

    def due(self, step: int) -> bool:
        """Every `every`-th step, unless frozen."""
        return not self.frozen and step % self.every == 0

    def diagnostics(self) -> dict[str, object]:
        """entropy (nats), mixture_weights by loss, meta_gradient_norm, alarms."""
        return self.record.summary(self.loss_names)
