"""A selector that validation data teach after a warm-up: AutoLoss, and its tabular form."""

from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods.helpers.selector import MakeController, Selector
from autoloss.methods.helpers.temperature import Schedule, relaxed


class TaughtSelector(Selector):
    """Equal weights during the warm-up, then near-hard choices; the controller learns at every `every`-th step.

    Args:
        losses, n_outputs, normalise, every, schedule, make_controller: as in `Selector`.
        warmup: steps before the controller acts and learns; a frozen controller acts at once.
    """

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        normalise: bool,
        every: int,
        schedule: Schedule,
        make_controller: MakeController,
        warmup: int,
    ):
        super().__init__(losses, n_outputs, normalise, every, schedule, make_controller)
        self.warmup = warmup
        self._noise: Tensor | None = None  # of the last pass

    def mixture_weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, K] the near-hard choice for each example; [K] equal weights during the warm-up."""
        if step % self.every == 0 and self.first_pass and not self.frozen:
            self.controller.examples.observe(y)
        if step < self.warmup and not self.frozen:
            return self.equal_weights(logits)
        with torch.no_grad():
            log_probs = self.controller(logits, y)
            self._noise = self.gumbel(log_probs.shape, log_probs)
            weights = self.choose(log_probs, self._noise, step)
        self.note(weights, log_probs, logits, y, step)
        return weights.to(logits.dtype)

    def choose(self, log_probs: Tensor, noise: Tensor, step: int) -> Tensor:
        """[B, K] the near-hard choice by log-probabilities and Gumbel noise, both [B, K]."""
        return relaxed(log_probs, noise, self.temperature(step))

    def pass_state(self) -> Tensor | None:
        """[B, K] the noise of the W step, which the V step uses again."""
        return self._noise

    def due(self, step: int) -> bool:
        """Every `every`-th step after the warm-up, unless frozen."""
        return not self.frozen and step >= self.warmup and step % self.every == 0
