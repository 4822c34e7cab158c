"""The Gumbel-softmax and the schedule of its temperature."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Schedule:
    """τ(t) = max(floor, 1 - rate·t), or with anneal_steps > 0 a straight line from 1 to the floor in that many steps.

    Attributes:
        floor: the lowest temperature.
        rate: decrease per training step.
        anneal_steps: training steps until the floor; 0: the rate decides.
    """

    floor: float
    rate: float
    anneal_steps: int

    def at(self, step: int) -> float:
        """τ at a training step."""
        rate = (1 - self.floor) / self.anneal_steps if self.anneal_steps else self.rate
        return max(self.floor, 1 - rate * step)


def relaxed(log_probs: Tensor, noise: Tensor, temperature: float) -> Tensor:
    """[…, K] Gumbel-softmax softmax((log π + noise) / τ): a differentiable near-choice (Jang et al., 2017)."""
    return ((log_probs + noise) / temperature).softmax(-1)


def straight_through(soft: Tensor) -> Tensor:
    """[…, K] the choice itself, one-hot, with the gradient of the near-choice."""
    hard = F.one_hot(soft.argmax(-1), soft.shape[-1]).to(soft.dtype)
    return hard + (soft - soft.detach())  # exactly one-hot: the bracket is zero
