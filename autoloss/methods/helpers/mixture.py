"""What all mixtures of losses have in common: weights that sum to one, times each candidate's gradient scale."""

from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods.contract.look_ahead import LookAhead
from autoloss.methods.contract.method import Method
from autoloss.methods.helpers.hypergradient import example_hypergradients
from autoloss.methods.helpers.outer import Outer, outer_loss
from autoloss.methods.helpers.probe import WAYS, choose_way
from autoloss.methods.helpers.scale import GradientScale
from autoloss.methods.helpers.tangent import FORWARD

EVERY = 7  # steps between controller updates in the paper; scales are refreshed as often


class Mixture(Method):
    """Weights w_ij · c_j. A subclass gives the mixture weights w_ij; c_j is the gradient scale (`helpers.scale`) or 1.

    Args:
        losses, n_outputs: as in `Method`.
        normalise: whether candidates are brought to one gradient scale.
        every: steps between updates of the scale (and of what the subclass learns). With gradient accumulation the
            scale is that of the first pass, so that all passes of a step have the same.
    """

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int, normalise: bool, every: int = EVERY):
        super().__init__(losses, n_outputs)
        self.every = every
        self.scale = GradientScale(len(self.losses)) if normalise else None
        self.way = FORWARD  # to the derivatives of the look-ahead

    def mixture_weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[K] or [B, K] share of each candidate, summing to one; arguments as in `weights`."""
        raise TypeError(f"{type(self).__name__} does not define mixture_weights")

    def weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, K] coefficient of each candidate loss for each example; see `Method.weights`."""
        if self.scale is not None and step % self.every == 0 and self.first_pass:
            self.scale.refresh(self.losses, logits, y)
        return (self.mixture_weights(logits, y, step) * self.coefficients(logits)).expand(len(y), len(self.losses))

    def equal_weights(self, logits: Tensor) -> Tensor:
        """[K] 1/K each, in the dtype and on the device of the logits."""
        k = len(self.losses)
        return torch.full((k,), 1 / k, dtype=logits.dtype, device=logits.device)

    def coefficients(self, logits: Tensor) -> Tensor:
        """[K] c_j, in the dtype and on the device of the logits."""
        if self.scale is None:
            return torch.ones(len(self.losses), dtype=logits.dtype, device=logits.device)
        return self.scale.coefficients().to(logits.dtype)

    def probe(self, ahead: LookAhead) -> None:
        """Chooses the way to the derivatives of the look-ahead; after a resume, the saved one if it works."""
        known = self.way if self.probed is None else FORWARD
        self.way = choose_way(ahead, self.losses, outer_loss(self.task), known)

    def get_extra_state(self) -> Tensor:
        """The number of steps, and the way to the derivatives by its place in `WAYS`."""
        return torch.stack([super().get_extra_state(), torch.tensor(WAYS.index(self.way))])

    def set_extra_state(self, state: Tensor) -> None:
        """What `get_extra_state` gave; older states are the number of steps alone."""
        steps, *way = state.view(-1)
        super().set_extra_state(steps)
        if way:
            self.way, self.probed = WAYS[int(way[0])], None

    def hypergradients(self, ahead: LookAhead, outer: Outer) -> Tensor:
        """[B, K] s_ij c_j (`helpers.hypergradient`)."""
        return example_hypergradients(ahead, self.losses, outer, self.way) * self.coefficients(ahead.logits)

    def descend(self, name: str, objective: Tensor, size: Tensor) -> Tensor:
        """One step of the optimiser `name` down the objective; returns the norm of the gradient times `size`."""
        optimizer = self.optimizers[name]
        optimizer.zero_grad()
        objective.backward()
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"]]
        optimizer.step()
        return size * torch.nn.utils.get_total_norm(gradients)
