"""DARTS (Liu, Simonyan, Yang: DARTS: Differentiable Architecture Search, ICLR 2019), on the weights of losses.

    one vector α for all examples:   L = 1/B Σ_ij softmax(α)_j c_j ℓ_ij
    second order (eq. 6):            ∇_α L_val(W - ξ ∇_W L(W, α))
    first order (ξ = 0):             ∇_α L_val(W, α)

In DARTS α shapes the network, so the validation loss depends on it directly. Weights of losses do not affect the
predictions, so the two orders need different validation losses:

- Second order: L_val is plain cross-entropy (squared error for regression); α acts through the step alone. The
  step is the one W really takes, preconditioner included, and its gradient is exact (`helpers.hypergradient`). DARTS'
  own code approximates the second-order product by finite differences around an SGD step.
- First order: there is no step to act through, so L_val must be the mixture itself, at the current W. That follows
  from the definition, and it rewards the candidate that is numerically smallest.

Adam for α is as in DARTS' code: learning rate 3e-4, betas (0.5, 0.999), weight decay 1e-3. DARTS updates α at every
step; here every f = 7 steps, as AutoLoss does. The second-order gradient is divided by the mean |s_ij|, so that it
stays in proportion to the weight decay.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss, stack
from autoloss.methods import (
    GlobalVector,
    LookAhead,
    as_validated,
    meta_objective,
    outer_loss,
)
from autoloss.ranges import NonNegativeFloat, PositiveFloat, PositiveInt


class DARTS(GlobalVector):
    """One global vector of weights, learned from validation data.

    Args:
        losses, n_outputs: as in `Method`.
        order: of the gradient, 1 or 2 (see above).
        every: steps of the model between updates of α.
        learning_rate, weight_decay: of α's Adam.
        normalise: whether candidates are brought to one gradient scale.
    """

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        *,
        order: Literal[1, 2] = 2,
        every: PositiveInt = 7,
        learning_rate: PositiveFloat = 0.0003,
        weight_decay: NonNegativeFloat = 0.001,
        normalise: bool = True,
    ):
        super().__init__(losses, n_outputs, normalise, every)
        self.order = order
        self.optimizers["alpha"] = torch.optim.Adam(
            [self.alpha], lr=learning_rate, betas=(0.5, 0.999), weight_decay=weight_decay
        )

    def probe(self, ahead: LookAhead) -> None:
        """The first order differentiates no step."""
        if self.order == 2:
            super().probe(ahead)

    def update(self, ahead: LookAhead) -> None:
        """One step of Adam on α."""
        if self.order == 1:
            objective, size = self._first_order(ahead), torch.ones_like(self.alpha[0])
        else:
            hypergradients = self.hypergradients(ahead, outer_loss(self.task))
            objective, size = meta_objective(self.alpha.softmax(0), hypergradients)
        self.record.gradient(self.descend("alpha", objective, size))

    def _first_order(self, ahead: LookAhead) -> Tensor:
        with torch.no_grad(), as_validated(ahead.model):
            logits = ahead.validate()
            means = stack(self.losses, logits, ahead.valid_y).mean(0) * self.coefficients(logits)
        return (self.alpha.softmax(0) * means).sum()
