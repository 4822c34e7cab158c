"""AutoLoss (Zhao, Liu, Fan, Liu, Tang, Wang: AutoLoss: Automated Loss Function Search in Recommendations, KDD 2021).

    W step (training batch):    L = 1/B Σ_ij p_ij(V) c_j ℓ_ij,  p_i = softmax((log π_V(y_i, ŷ_i) + g_i) / τ)
    V step (validation batch):  min_V L_val(W*(V)),  W*(V) ≈ W - ξ ∇_W L(W, V)
    τ(t) = max(0.01, 1 - 0.00005·t), g standard Gumbel noise; V moves once in f = 7 steps of W.

What the paper leaves open, and our choice: the look-ahead is the step that W really takes, its optimiser's
preconditioner included, and its gradient is exact (`helpers.hypergradient` says what is held constant); the same
noise g serves the W step and the V step; the controller's input is detached; the outer objective is plain cross-entropy
(squared error for regression) because a mixture rewards the candidate that is numerically smallest; candidates are
brought to one gradient scale c_j (`helpers.scale`); the meta-gradient is divided by the mean |s_ij|; for the first
`warmup` steps all candidates weigh the same and V rests, lest the first noisy gradients lock the choice.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods import (
    BINS,
    LookAhead,
    MixtureObjective,
    Selector,
    example_hypergradients,
    meta_objective,
    outer_loss,
    relaxed,
    straight_through,
)
from autoloss.ranges import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Range


class AutoLoss(Selector):
    """A controller that chooses a loss for each training example, taught by validation data.

    Args:
        losses: the K candidates.
        n_outputs: 1 for binary and regression, C for C classes.
        every: f, steps of the model between updates of the controller.
        learning_rate: of the controller's Adam.
        hidden: widths of the controller's hidden layers.
        warmup: steps with equal weights before the controller acts (a frozen controller acts at once).
        temperature_floor, temperature_rate: of the schedule of τ.
        anneal_steps: if not 0, τ falls from 1 to its floor in so many steps: for trainings that are too short
            for the rate.
        example_input: False: one distribution over the candidates for all examples, an ablation.
        hard: True: exactly one candidate per example; its gradient is that of the soft choice (straight-through).
        objective: of the V step: "cross_entropy" (squared error for regression), or the "mixture" itself.
        normalise: whether candidates are brought to one gradient scale.
    """

    transferable = True
    unused_when = {"hidden": "not example_input", "temperature_rate": "anneal_steps > 0"}

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        *,
        every: PositiveInt = 7,
        learning_rate: PositiveFloat = 0.001,
        hidden: tuple[PositiveInt, ...] = (16, 16),
        warmup: NonNegativeInt = 200,
        temperature_floor: Annotated[float, Range(gt=0, le=1)] = 0.01,
        temperature_rate: NonNegativeFloat = 0.00005,
        anneal_steps: NonNegativeInt = 0,
        example_input: bool = True,
        hard: bool = False,
        objective: Literal["cross_entropy", "mixture"] = "cross_entropy",
        normalise: bool = True,
    ):
        schedule = (temperature_floor, temperature_rate, anneal_steps)
        super().__init__(losses, n_outputs, normalise, every, hidden, example_input, *schedule)
        self.warmup, self.hard, self.objective = warmup, hard, objective
        self.optimizers["controller"] = torch.optim.Adam(self.controller.parameters(), lr=learning_rate)
        self._noise: Tensor | None = None  # of the current step: drawn by the W step, used again by the V step

    def mixture_weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, K] the near-hard choice for each example; [K] equal weights during the warm-up."""
        if step % self.every == 0 and not self.frozen:
            self.controller.examples.observe(y)
        if step < self.warmup and not self.frozen:
            return torch.full((len(self.losses),), 1 / len(self.losses), dtype=logits.dtype, device=logits.device)
        with torch.no_grad():
            log_probs = self.controller(logits, y)
            self._noise = self.gumbel(log_probs.shape, log_probs)
            weights = self._choose(log_probs, step)
        self.note(weights, log_probs, logits, y, step)
        return weights.to(logits.dtype)

    def due(self, step: int) -> bool:
        """Every `every`-th step after the warm-up, unless frozen."""
        return not self.frozen and step >= self.warmup and step % self.every == 0

    def update(self, ahead: LookAhead) -> None:
        """The V step: one step of Adam along the exact gradient of the outer objective."""
        coefficients = self.coefficients(ahead.logits)
        mixture = MixtureObjective(self.losses, lambda z, y: self.controller(z, y).exp(), coefficients)
        outer = outer_loss(self.task) if self.objective == "cross_entropy" else mixture
        hypergradients = example_hypergradients(ahead, self.losses, outer) * coefficients
        weights = self._choose(self.controller(ahead.logits, ahead.y), ahead.step)
        objective, size = meta_objective(weights, hypergradients, mixture.direct)
        norm = self.descend("controller", objective, size)
        self.record.update(norm, hypergradients / size, self.controller.examples.place(ahead.logits, ahead.y, BINS))

    def _choose(self, log_probs: Tensor, step: int) -> Tensor:
        soft = relaxed(log_probs, self._noise, self.temperature(step))
        return straight_through(soft) if self.hard else soft
