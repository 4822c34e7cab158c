"""One step that the model has really taken, as a method needs it to learn from validation data."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from autoloss.methods.contract.inputs import Arguments, Inputs, arguments, call, full_precision
from autoloss.methods.contract.placed import placed
from autoloss.methods.contract.random_state import random_from


@dataclass(frozen=True)
class Precision:
    """The state of autocast during a forward pass."""

    device: str
    enabled: bool
    dtype: torch.dtype

    @classmethod
    def now(cls, device: torch.device) -> "Precision":
        """The current state for a device."""
        kind = device.type
        return cls(kind, torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind))

    def again(self) -> torch.autocast:
        """A context with this state."""
        return torch.autocast(self.device, dtype=self.dtype, enabled=self.enabled, cache_enabled=False)


@dataclass(frozen=True)
class TrainingPass:
    """One forward pass of a training step; gradient accumulation has several in a step.

    Attributes:
        arguments: what the model was called with.
        y, logits: labels [B] and (detached) logits, [B] or [B, C], at W.
        buffers: the model's buffers as the pass found them, by name.
        rng_state: the state of torch's generators then, so that dropout masks can be drawn again.
        precision: the state of autocast then.
        factor: scalar that the loop multiplied the loss of this pass by (1/k for accumulation, the scale of AMP).
        state: `Method.pass_state` after this pass.
    """

    arguments: Arguments
    y: Tensor
    logits: Tensor
    buffers: dict[str, Tensor]
    rng_state: list[Tensor]
    precision: Precision
    factor: Tensor
    state: Tensor | None


@dataclass(frozen=True)
class LookAhead:
    """A step from W to W', and a validation batch.

    Attributes:
        model: at W', after the step, in the mode it was trained in; the module inside any wrapper.
        optimizer: the model's, after the step (its state gives the preconditioner).
        settings: the optimiser's hyperparameters during the step for each parameter, by name (a scheduler may have
            changed them since), and as "first" whether the optimiser had no state of the parameter before.
        before: W, the parameters that the step moved, as they were before it, by name.
        clipping: scalar that each parameter's gradient was multiplied by between backward and step, by name; where
            nothing was changed the name is missing.
        passes: the forward passes of the step.
        valid_inputs, valid_y: the validation batch.
        step: number of the step, from 0.
    """

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    settings: dict[str, dict[str, Any]]
    before: dict[str, Tensor]
    clipping: dict[str, Tensor]
    passes: tuple[TrainingPass, ...]
    valid_inputs: Inputs
    valid_y: Tensor
    step: int

    @cached_property
    def logits(self) -> Tensor:
        """[B] or [B, C] of all passes."""
        return _joined([each.logits for each in self.passes])

    @cached_property
    def y(self) -> Tensor:
        """[B] of all passes."""
        return _joined([each.y for each in self.passes])

    @cached_property
    def state(self) -> Tensor:
        """`Method.pass_state` of all passes, joined along the examples."""
        return _joined([each.state for each in self.passes if each.state is not None])

    @property
    def rng_state(self) -> list[Tensor]:
        """The state of torch's generators before the first pass."""
        return self.passes[0].rng_state

    def share(self, each: TrainingPass) -> Tensor:
        """Scalar weight of a pass's examples: with it, the mean over all B examples is the loss that the step used."""
        return each.factor * (len(self.y) / len(each.y))

    def forward(self, each: TrainingPass, parameters: Mapping[str, Tensor]) -> Tensor:
        """The training logits of a pass at other parameters; the model's buffers stay as they are.

        Args:
            each: the pass; its dropout masks are drawn again under `random_from`.
            parameters: by name; the others are those of W.
        """
        values, given = self._values(each, parameters), each.arguments
        with each.precision.again():
            return full_precision(functional_call(self.model, values, given.args, given.kwargs))

    @contextmanager
    def again(self, each: TrainingPass, parameters: Mapping[str, Tensor]) -> Iterator[None]:
        """Inside, the model holds other parameters, and `call` repeats a pass: its buffers, random state and autocast.

        As `forward`, but for any module, and the parameters themselves are what is differentiated.
        """
        values, device = self._values(each, parameters), each.y.device
        with placed(self.model, values), random_from(each.rng_state, device), each.precision.again():
            yield

    def call(self, each: TrainingPass) -> Tensor:
        """The training logits of a pass, inside `again`."""
        return full_precision(call(self.model, each.arguments))

    def validate(self, parameters: Mapping[str, Tensor] | None = None) -> Tensor:
        """The logits of the validation batch at W', or at other parameters. The caller sets the mode."""
        given = arguments(self.valid_inputs)
        with self.passes[-1].precision.again():
            if parameters is None:
                return full_precision(call(self.model, given))
            return full_precision(functional_call(self.model, dict(parameters), given.args, given.kwargs))

    def _values(self, each: TrainingPass, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All that a pass is repeated with: W, but for the given parameters, and the buffers that it found."""
        return {**self.before, **parameters, **{name: buffer.clone() for name, buffer in each.buffers.items()}}


def _joined(tensors: list[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors)
