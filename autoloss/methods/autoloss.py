"""AutoLoss (Zhao, Liu, Fan, Liu, Tang, Wang: AutoLoss: Automated Loss Function Search in Recommendations, KDD 2021).

    W step (training batch):    L = 1/B Σ_ij p_ij(V) c_j ℓ_ij,  p_i = softmax((log π_V(y_i, ŷ_i) + g_i) / τ)
    V step (validation batch):  min_V L_val(W*(V)),  W*(V) ≈ W - ξ ∇_W L(W, V)
    τ(t) = max(0.01, 1 - 0.00005·t), g standard Gumbel noise; V moves once in f = 7 steps of W.

The paper leaves these open; our choices:

- The look-ahead is the step that W really takes, its optimiser's preconditioner included, and its gradient is exact
  (`helpers.hypergradient` says what is held constant).
- The same noise g serves the W step and the V step; the controller's input is detached.
- The outer objective is plain cross-entropy (squared error for regression): a mixture would reward the candidate that
  is numerically smallest.
- Candidates are brought to one gradient scale c_j (`helpers.scale`); the meta-gradient is divided by the mean |s_ij|.
- During the first `warmup` steps all candidates weigh the same and V does not move: the first, noisy gradients could
  lock the choice.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods import (
    BINS,
    LookAhead,
    MixtureObjective,
    Network,
    Schedule,
    SharedDistribution,
    TaughtSelector,
    meta_objective,
    outer_loss,
    straight_through,
)
from autoloss.ranges import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Range


class AutoLoss(TaughtSelector):
    """A controller network that chooses a loss for each training example, taught by validation data.

    Args:
        losses: the K candidates.
        n_outputs: 1 for binary and regression, C for C classes.
        every: f, steps of the model between updates of the controller.
        learning_rate: of the controller's Adam.
        hidden: widths of the controller's hidden layers.
        warmup: steps with equal weights before the controller acts (a frozen controller acts at once).
        temperature_floor, temperature_rate: of the schedule of τ.
        anneal_steps: if not 0, τ falls from 1 to its floor in this many steps: for training runs that are too short
            for the rate.
        example_input: False: one distribution over the candidates for all examples, an ablation.
        hard: True: exactly one candidate per example; its gradient is that of the soft choice (straight-through).
        objective: of the V step: "cross_entropy" (squared error for regression), or the "mixture" itself.
        barrier: λ of a term λ·KL(uniform ‖ π), averaged over the training batch, in the V step: it keeps the softmax
            from saturating, where its gradient would vanish. In units of the normalised meta-gradient; 0: none.
        normalise: whether candidates are brought to one gradient scale.
    """

    transferable = True
    unused_when = {
        "hidden": "not example_input",
        "temperature_rate": "anneal_steps > 0",
        # a controller that was learned elsewhere is frozen, and acts at once
        "learning_rate": "controller_from",
        "warmup": "controller_from",
        "objective": "controller_from",
        "barrier": "controller_from",
    }

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
        barrier: NonNegativeFloat = 0.0,
        normalise: bool = True,
    ):
        schedule = Schedule(temperature_floor, temperature_rate, anneal_steps)
        make_controller = partial(Network, hidden=hidden) if example_input else SharedDistribution
        super().__init__(losses, n_outputs, normalise, every, schedule, make_controller, warmup)
        self.hard, self.objective, self.barrier = hard, objective, barrier
        self.optimizers["controller"] = torch.optim.Adam(self.controller.parameters(), lr=learning_rate)

    def update(self, ahead: LookAhead) -> None:
        """The V step: one step of Adam along the exact gradient of the outer objective."""
        coefficients = self.coefficients(ahead.logits)
        mixture = MixtureObjective(self.losses, lambda z, y: self.controller(z, y).exp(), coefficients)
        outer = outer_loss(self.task) if self.objective == "cross_entropy" else mixture
        hypergradients = self.hypergradients(ahead, outer)
        log_probs = self.controller(ahead.logits, ahead.y)
        objective, size = meta_objective(
            self.choose(log_probs, ahead.state, ahead.step), hypergradients, mixture.direct
        )
        if self.barrier:
            objective = objective - self.barrier * log_probs.mean()  # KL(uniform ‖ π) = -mean_j log π_j - log K
        self.record.gradient(self.descend("controller", objective, size))
        self.record.hypergradient(hypergradients / size, self.controller.examples.cell(ahead.logits, ahead.y, BINS))

    def choose(self, log_probs: Tensor, noise: Tensor, step: int) -> Tensor:
        """[B, K] as in the base class; one-hot if `hard`."""
        soft = super().choose(log_probs, noise, step)
        return straight_through(soft) if self.hard else soft
