"""AutoLoss with a table in place of the controller network; a method of this project, not of the paper.

    W step (training batch):    as AutoLoss: L = 1/B Σ_ij p_ij c_j ℓ_ij,  p_i = softmax((log π_cell(i) + g_i) / τ)
    table (validation batch):   log π = log_softmax(κ 1[candidate is the outer objective] + Ā_cell / λ)

Ā_cell is the running mean advantage of each candidate per (label, bin of the predicted probability), from the same
exact look-ahead as AutoLoss (`helpers.table` has the formulas). The paper's controller can get stuck: early
hypergradients are misleading, the softmax saturates meanwhile, and its gradient, proportional to π_j, then never lets a
candidate back. A best response to running means has no such state.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods import (
    BINS,
    LookAhead,
    Schedule,
    Table,
    TaughtSelector,
    is_outer_objective,
    outer_loss,
)
from autoloss.ranges import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Range


class AutoLossTabular(TaughtSelector):
    """A table that chooses a loss for each training example by label and prediction, taught by validation data.

    Args:
        losses: the K candidates.
        n_outputs: 1 for binary and regression, C for C classes.
        every: f, steps of the model between updates of the table.
        warmup: steps with equal weights before the first update (a frozen table acts at once).
        kl_strength: λ, how strongly the choice is pulled towards the preference alone.
        preference: κ, log-odds in favour of the candidate that is the outer objective; without such a candidate it
            has no effect.
        temperature_floor, temperature_rate, anneal_steps: of the schedule of τ, as for AutoLoss.
        normalise: whether candidates are brought to one gradient scale.
    """

    transferable = True
    variant_of = "autoloss"  # not one of the baselines that the paper's method is compared with
    # a table that was learned elsewhere is frozen, and acts at once
    unused_when = {"temperature_rate": "anneal_steps > 0", "warmup": "controller_from"}
    controller: Table

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        *,
        every: PositiveInt = 7,
        warmup: NonNegativeInt = 200,
        kl_strength: PositiveFloat = 0.05,
        preference: NonNegativeFloat = 2.0,
        temperature_floor: Annotated[float, Range(gt=0, le=1)] = 0.01,
        temperature_rate: NonNegativeFloat = 0.00005,
        anneal_steps: NonNegativeInt = 0,
        normalise: bool = True,
    ):
        schedule = Schedule(temperature_floor, temperature_rate, anneal_steps)
        preferred = [is_outer_objective(loss) for loss in losses]
        make_table = partial(Table, kl_strength=kl_strength, preference=preference, preferred=preferred)
        super().__init__(losses, n_outputs, normalise, every, schedule, make_table, warmup)

    def choose(self, log_probs: Tensor, noise: Tensor, step: int) -> Tensor:
        """[B, K] as in the base class; equal weights before the first update."""
        return torch.where(self.controller.updates > 0, super().choose(log_probs, noise, step), 1 / len(self.losses))

    def update(self, ahead: LookAhead) -> None:
        """Adds the advantages of one step to the table."""
        hypergradients = self.hypergradients(ahead, outer_loss(self.task))
        self.controller.learn(hypergradients, ahead.logits, ahead.y)
        cell = self.controller.examples.cell(ahead.logits, ahead.y, BINS)
        self.record.hypergradient(hypergradients / hypergradients.abs().mean().clamp_min(1e-30), cell)
