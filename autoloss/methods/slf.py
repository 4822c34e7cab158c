"""SLF (Liu, Lai: Stochastic Loss Function, AAAI 2020): a decision network per example, trained with the model.

    w_i = 1/M Σ_m softmax((log π_V(y_i, ŷ_i) + g_im) / τ)     several losses picked at once: M Gumbel-softmax draws
    min_{W,V} L = 1/B Σ_ij w_ij ℓ_ij                          one backward pass gives both gradients

It uses no validation data: V follows the training loss itself, so it can prefer a candidate because that is
numerically small. That is how the method is defined.

The gradient scale c_j of all mixtures (`helpers.scale`) applies to W's gradient, Σ_ij w_ij c_j ∇_W ℓ_ij. V compares
the candidates' own values, as a joint minimum over W and V does. With values divided by the sizes of their gradients,
hinge was smallest on synthetic data, V chose it alone, and AUC fell from 0.786 to 0.732.

Left open for recommenders, and our choice: the decision network sees what AutoLoss's controller sees, (label,
prediction), detached, so it can be transferred to another model or dataset. Layers, optimiser and temperature schedule
are the same too, so that the two methods differ in what they learn from. M draws are averaged.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods import EVERY, Network, Schedule, Selector, relaxed
from autoloss.ranges import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Range


class SLF(Selector):
    """A decision network that picks several losses for each example, trained by the training loss.

    Args:
        losses, n_outputs: as in `Method`.
        picks: M, Gumbel-softmax draws per example.
        learning_rate: of the decision network's Adam.
        hidden: widths of its hidden layers.
        temperature_floor, temperature_rate, anneal_steps: of the schedule of τ, as for AutoLoss.
        normalise: whether candidates are brought to one gradient scale.
    """

    transferable = True
    # a network that was learned elsewhere is frozen
    unused_when = {"temperature_rate": "anneal_steps > 0", "learning_rate": "controller_from"}

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        *,
        picks: PositiveInt = 2,
        learning_rate: PositiveFloat = 0.001,
        hidden: tuple[PositiveInt, ...] = (16, 16),
        temperature_floor: Annotated[float, Range(gt=0, le=1)] = 0.01,
        temperature_rate: NonNegativeFloat = 0.00005,
        anneal_steps: NonNegativeInt = 0,
        normalise: bool = True,
    ):
        schedule = Schedule(temperature_floor, temperature_rate, anneal_steps)
        super().__init__(losses, n_outputs, normalise, EVERY, schedule, partial(Network, hidden=hidden))
        self.picks = picks
        self.optimizers["controller"] = torch.optim.Adam(self.controller.parameters(), lr=learning_rate)

    def weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, K] w_ij c_j, whose gradient towards V is that of w_ij alone."""
        scaled = super().weights(logits, y, step)
        return scaled.detach() + (scaled - scaled.detach()) / self.coefficients(logits)

    def mixture_weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, K] the average of the picks, with the decision network's graph."""
        if step % self.every == 0 and self.first_pass and not self.frozen:
            self.controller.examples.observe(y)
        log_probs = self.controller(logits, y)
        noise = self.gumbel((self.picks, *log_probs.shape), log_probs)
        weights = relaxed(log_probs, noise, self.temperature(step)).mean(0)
        self.note(weights, log_probs, logits, y, step)
        return weights.to(logits.dtype)

    def learn_from_training(self) -> None:
        """One step of the decision network's optimiser along the training loss."""
        self.optimizers["controller"].step()
        self.optimizers["controller"].zero_grad()
