"""How much each candidate loss at each example helps validation: the exact one-step look-ahead gradient.

With the training loss L = Σ_ij w_ij ℓ_ij / B (w depends on V, the controller, not on W's gradient) and the step
W' = W - A ∇_W L, A held constant (AutoLoss, Zhao et al., KDD 2021: W*(V) ≈ W - ξ ∇_W L_train(W, V)):

    d = A ∇_W' L_outer(W')                 one forward and backward pass on a validation batch at W'
    s_ij = ∂ℓ_ij/∂z_i · J_i d              one Jacobian-vector product on the training batch at W (`helpers.tangent`)
    ∇_V L_outer(W'(V)) = -1/B Σ_ij s_ij ∇_V w_ij(V)

This equals the unrolled second-order gradient, without a second-order graph. What is held constant, and why:

- A is what the optimiser has really multiplied the new gradient with: lr (1-β1)/(1-β1^t) / (√v̂ + ε) elementwise
  for Adam and AdamW (v̂ taken after the step; its own dependence on the gradient is left out), lr for SGD
  (times 1 - dampening where it is added to older momentum, or 1 + momentum with Nesterov). Weight decay and older
  momentum do not depend on V.
- Dropout, training batch: the tangent pass draws the same mask as the training pass did.
- Batch norm, training batch: statistics of the batch, and the tangent goes through them, as in training.
- The validation pass is what validation measures: eval mode, that is running statistics and no dropout.
- Neither pass moves running statistics or torch's random state, so training goes on as if they had not been.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods.contract.look_ahead import LookAhead
from autoloss.methods.contract.random_state import random_from
from autoloss.methods.helpers.outer import Outer
from autoloss.methods.helpers.preconditioner import precondition
from autoloss.methods.helpers.tangent import FORWARD, Direction, Way


def example_hypergradients(
    ahead: LookAhead, losses: Sequence[CandidateLoss], outer: Outer, way: Way = FORWARD
) -> Tensor:
    """[B, K] s_ij: by how much a step on candidate j at example i lowers the outer objective (first order, ·B).

    Args:
        ahead: the step that W has taken.
        losses: the K candidates.
        outer: the objective on the validation batch.
        way: to the derivatives of the losses.

    Raises:
        UserError: the look-ahead does not know the optimiser.
    """
    direction = look_ahead_direction(ahead, outer, way)
    with way.context():
        tangents = [way.tangent(ahead, each, losses, direction)[1] * ahead.share(each) for each in ahead.passes]
    return torch.cat(tangents)


def look_ahead_direction(ahead: LookAhead, outer: Outer, way: Way) -> Direction:
    """d = A ∇_W' of the outer objective."""
    with way.validation():
        return precondition(ahead, validation_gradient(ahead, outer))


def validation_gradient(ahead: LookAhead, outer: Outer) -> dict[str, Tensor]:
    """∇_W' of the outer objective, for the parameters that the step moved; those without influence are left out."""
    moved = {name: p for name, p in ahead.model.named_parameters() if name in ahead.before}
    with as_validated(ahead.model), random_from(ahead.rng_state, ahead.y.device):
        objective = outer(ahead.validate(), ahead.valid_y)
    gradients = torch.autograd.grad(objective, list(moved.values()), allow_unused=True)
    return {name: g.to_dense() for name, g in zip(moved, gradients, strict=True) if g is not None}


@contextmanager
def as_validated(model: torch.nn.Module) -> Iterator[None]:
    """Inside, the model is in eval mode; afterwards each module is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
