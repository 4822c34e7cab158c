"""Ways to differentiate the candidate losses of a batch along a direction d of the parameters: ∂ℓ_ij/∂z_i · J_i d.

Forward mode is exact and costs one pass, but some operations do not have it. Every other way gives J_i d alone, the
derivative of the logits; the losses are then differentiated backwards.

    double backward:     ⟨J^T v, d⟩ is linear in v; its gradient with respect to v is J d
    central difference:  (z(W + ε d) - z(W - ε d)) / 2ε,  ε = relative size · ‖W‖ / ‖d‖
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn.attention import SDPBackend, sdpa_kernel

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss, stack
from autoloss.methods.contract.look_ahead import LookAhead, TrainingPass
from autoloss.methods.contract.random_state import random_from
from autoloss.methods.helpers.scale import slopes

Direction = dict[str, Tensor]  # by name of the parameter
# (step, pass, losses, direction) → the logits of the pass, computed again, and [B, K] derivatives of the losses
Tangent = Callable[[LookAhead, TrainingPass, Sequence[CandidateLoss], Direction], tuple[Tensor, Tensor]]


@contextmanager
def plain_kernels() -> Iterator[None]:
    """Inside, attention is products and a softmax, and neither fused kernels nor compiled code run.

    What remains has derivatives of every order.
    """
    eager = torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else nullcontext()
    with sdpa_kernel(SDPBackend.MATH), _without(torch.backends.mkldnn), _without(torch.backends.cudnn), eager:
        yield


@contextmanager
def _without(library: Any) -> Iterator[None]:
    before, library.enabled = library.enabled, False
    try:
        yield
    finally:
        library.enabled = before


@dataclass(frozen=True)
class Way:
    """One way to the derivatives.

    Attributes:
        name: in plain words.
        tangent: computes them.
        context: that it runs in.
        validation: that the pass over validation data runs in.
    """

    name: str
    tangent: Tangent
    context: Callable[[], AbstractContextManager[None]] = nullcontext
    validation: Callable[[], AbstractContextManager[None]] = plain_kernels


def forward_mode(
    ahead: LookAhead, each: TrainingPass, losses: Sequence[CandidateLoss], direction: Direction
) -> tuple[Tensor, Tensor]:
    """One pass with dual numbers, losses included."""
    with torch.no_grad(), random_from(each.rng_state, each.y.device), forward_ad.dual_level():
        duals = {name: forward_ad.make_dual(ahead.before[name], d) for name, d in direction.items()}
        logits = ahead.forward(each, duals)
        tangent = forward_ad.unpack_dual(stack(losses, logits, each.y)).tangent
        if tangent is None:
            raise UserError("look-ahead: no candidate loss depends on a parameter that the step moved")
        return forward_ad.unpack_dual(logits).primal, tangent


def double_backward(
    ahead: LookAhead, each: TrainingPass, losses: Sequence[CandidateLoss], direction: Direction
) -> tuple[Tensor, Tensor]:
    """Two backward passes."""
    named = dict(ahead.model.named_parameters())
    with torch.enable_grad(), ahead.again(each, {}):
        logits = ahead.call(each)
        v = torch.zeros_like(logits, requires_grad=True)
        parameters = [named[name] for name in direction]
        gradients = torch.autograd.grad(logits, parameters, v, create_graph=True, allow_unused=True)
        terms = [(g * d).sum() for g, d in zip(gradients, direction.values(), strict=True) if g is not None]
        (along,) = torch.autograd.grad(torch.stack(terms).sum(), v)
    return logits.detach(), _through_losses(losses, each, along)


def central_difference(relative: float) -> Tangent:
    """Two passes, either side of W.

    Args:
        relative: length of the step, over that of W.
    """

    @torch.no_grad()
    def tangent(
        ahead: LookAhead, each: TrainingPass, losses: Sequence[CandidateLoss], direction: Direction
    ) -> tuple[Tensor, Tensor]:
        epsilon = relative * _length([ahead.before[name] for name in direction]) / _length([*direction.values()])
        sides = []
        for step in (epsilon, -epsilon):
            moved = {name: torch.addcmul(ahead.before[name], d, step) for name, d in direction.items()}
            with ahead.again(each, moved):
                sides.append(ahead.call(each))
        up, down = sides
        return (up + down) / 2, _through_losses(losses, each, (up - down) / (2 * epsilon))

    return tangent


FORWARD = Way("forward mode", forward_mode, validation=nullcontext)
EXACT = (
    FORWARD,
    Way("forward mode with plain kernels", forward_mode, plain_kernels),
    Way("double backward", double_backward),
    Way("double backward with plain kernels", double_backward, plain_kernels),
)


def difference(relative: float) -> Way:
    """The way that always works, with an error; `relative` as in `central_difference`."""
    return Way("central differences", central_difference(relative))


def _through_losses(losses: Sequence[CandidateLoss], each: TrainingPass, along: Tensor) -> Tensor:
    """[B, K] from J_i d, [B] or [B, C]."""
    slope = slopes(losses, each.logits, each.y)
    return (slope * along[:, None]).flatten(2).sum(2) if along.dim() == 2 else slope * along[:, None]


def _length(tensors: list[Tensor]) -> Tensor:
    return torch.nn.utils.get_total_norm(tensors).clamp_min(1e-30)
