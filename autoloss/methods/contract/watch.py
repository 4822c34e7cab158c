"""Watches one training step of anyone's loop, and lets the method learn from it.

Inside `with method.look_ahead(model, optimizer, valid):` the loop runs its own forward passes, backward passes,
clipping and optimiser step. At a step that teaches, hooks note what the look-ahead needs: the arguments and the random
state of each forward pass, the factor on each loss, what clipping did to the gradients, and W before the step.
"""

import weakref
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils.hooks import RemovableHandle

from autoloss.errors import UserError
from autoloss.methods.contract.clipping import Clipping
from autoloss.methods.contract.inputs import Arguments, Inputs, ValidBatch, underlying, without_autocast
from autoloss.methods.contract.look_ahead import LookAhead, Precision, TrainingPass
from autoloss.methods.contract.random_state import rng_states

if TYPE_CHECKING:
    from autoloss.methods.contract.method import Method


@dataclass
class _Forward:
    """A forward pass that has begun."""

    arguments: Arguments
    buffers: dict[str, Tensor]
    rng_state: list[Tensor]
    precision: Precision
    factors: list[Tensor] = field(default_factory=list)


class Watch:
    """The context behind `Method.look_ahead`; arguments as there."""

    def __init__(
        self, method: "Method", model: torch.nn.Module, optimizer: torch.optim.Optimizer, valid: ValidBatch | None
    ):
        self.method, self.called, self.model, self.valid = method, model, underlying(model), valid
        self.optimizer: torch.optim.Optimizer = getattr(optimizer, "optimizer", optimizer)  # inside a wrapper's
        self.due = method.due(method.steps)
        known = method.probed is not None and method.probed() is self.model
        self.probing = method.learns_from_validation and not known
        self.settings: dict[str, dict[str, Any]] = {}
        self.before: dict[str, Tensor] = {}
        self.clipping: Clipping | None = None
        self.began = self.stepped = False  # whether there was a loss, and a step
        self._overflow: Tensor | None = None  # above 0: a fused optimiser skips the step
        self._factors: list[Tensor] = []  # on all losses of this step
        self._device = next(self.model.parameters()).device
        self._forward: _Forward | None = None
        self._passes: list[tuple[_Forward, Tensor, Tensor, Tensor | None]] = []
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> None:
        self.method.watch = self
        self._handles.append(self.optimizer.register_step_pre_hook(self._before_step))
        if self.due or self.probing:
            self._handles += self._forward_hooks()
            self.clipping = Clipping(self.model, self.optimizer)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.method.watch = None
        for handle in self._handles:
            handle.remove()
        if self.clipping is not None:
            self.clipping.stop()
        if error is not None:
            self.method.zero_grad()  # as if there had been no step: the loop may go on with the next batch
            return
        if self._skipped():
            self.method.zero_grad()  # infinite, too
        else:
            self._learn_from_training()
            self._learn_from_validation()
        self.method.steps += 1

    def _skipped(self) -> bool:
        """Whether GradScaler has left the step out, because a gradient was infinite."""
        if self.stepped:
            wanted = self.due or self.probing or self.method.learns_from_training
            return wanted and self._overflow is not None and bool(self._overflow > 0)
        was_scaled = bool(self._factors) and bool(torch.stack(self._factors).max() > 1)
        if was_scaled or self._overflowed():
            return True
        self.method.zero_grad()
        raise UserError("look_ahead: expected optimizer.step() inside the `with` block, found none")

    def _overflowed(self) -> bool:
        """Whether a gradient is not finite: at a scale of 1 or less, nothing else shows that a step was skipped."""
        gradients = (p.grad for group in self.optimizer.param_groups for p in group["params"] if p.grad is not None)
        return any(not bool(gradient.to_dense().isfinite().all()) for gradient in gradients)

    def lost(self, logits: Tensor, y: Tensor, loss: Tensor) -> None:
        """Notes a loss that the method has computed."""
        self.began = True
        loss.register_hook(lambda gradient: self._factors.append(gradient.detach().clone()))
        if self.due or self.probing:
            if self._forward is None:
                raise UserError("look_ahead: model: expected the module that the loop calls before method.loss")
            forward, self._forward = self._forward, None
            loss.register_hook(lambda gradient: forward.factors.append(gradient.detach().clone()))
            self._passes.append((forward, logits, y, self.method.pass_state()))

    def _forward_hooks(self) -> list[RemovableHandle]:
        if not isinstance(self.called, torch.jit.ScriptModule):
            return [self.called.register_forward_pre_hook(self._before_forward, with_kwargs=True)]
        # a scripted module takes none; of those for all modules, only the one that comes after sees keyword arguments
        return [
            register_module_forward_pre_hook(lambda model, args: self._before_forward(model, args, {})),
            register_module_forward_hook(self._after_forward, with_kwargs=True),
        ]

    def _before_forward(self, model: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if model is self.called and torch.is_grad_enabled() and model.training:  # not an evaluation in between
            buffers = {name: buffer.clone() for name, buffer in self.model.named_buffers()}
            precision = Precision.now(self._device)
            self._forward = _Forward(Arguments(args, kwargs), buffers, rng_states(self._device), precision)

    def _after_forward(self, model: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], _: object) -> None:
        if model is self.called and self._forward is not None:
            self._forward.arguments = Arguments(args, kwargs)

    def _before_step(self, *_: object) -> None:
        self.stepped = True
        self._overflow = getattr(self.optimizer, "found_inf", None)
        if self.clipping is not None:
            self.settings = _settings(self.model, self.optimizer)
            if not self.settings:
                raise UserError("optimizer: found none of the model's parameters, expected the optimiser of the model")
            self.before = {n: p.detach().clone() for n, p in self.model.named_parameters() if p.grad is not None}
            self.clipping.measure()

    def _learn_from_training(self) -> None:
        """Lets the method step along the mean training loss, whatever factor the loop put on it."""
        if self.method.learns_from_training and self._factors:
            total = torch.stack(self._factors).sum()
            for p in self.method.parameters():
                if p.grad is not None:
                    p.grad.div_(total)
            self.method.learn_from_training()

    def _learn_from_validation(self) -> None:
        if self.probing:
            passes = self._taken()
            ahead = self._look_ahead(passes, (passes[0].arguments, passes[0].y))
            with without_autocast(self._device):
                self.method.probe(ahead)
            self.method.probed = weakref.ref(self.model)
        if self.due:
            if self.valid is None:
                raise UserError("look_ahead: valid: found None, expected a function that gives validation batches")
            ahead = self._look_ahead(self._taken(), self.valid())
            with without_autocast(self._device):
                self.method.update(ahead)

    def _look_ahead(self, passes: tuple[TrainingPass, ...], valid: tuple[Inputs, Tensor]) -> LookAhead:
        return LookAhead(
            model=self.model,
            optimizer=self.optimizer,
            settings=self.settings,
            before=self.before,
            clipping=self.clipping.by_name if self.clipping else {},
            passes=passes,
            valid_inputs=valid[0],
            valid_y=valid[1],
            step=self.method.steps,
        )

    def _taken(self) -> tuple[TrainingPass, ...]:
        """The forward passes that had a loss and a backward pass."""
        passes = tuple(
            TrainingPass(each.arguments, y, logits, each.buffers, each.rng_state, each.precision, factor, state)
            for each, logits, y, state in self._passes
            if each.factors
            for factor in (torch.stack(each.factors).sum(),)
        )
        if not passes:
            raise UserError("look_ahead: expected method.loss and its backward pass inside, found none")
        return passes


def _settings(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, dict[str, Any]]:
    """`LookAhead.settings`, by name in the model."""
    names, found = {p: name for name, p in model.named_parameters()}, {}
    for group in optimizer.param_groups:
        used = {k: v.clone() if isinstance(v, Tensor) else v for k, v in group.items() if k != "params"}
        for p in group["params"]:
            if p in names:
                state = optimizer.state.get(p, {})
                found[names[p]] = {**used, "first": all(value is None for value in state.values())}
    return found
