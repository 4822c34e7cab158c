"""What a model is called with, and the module that does the work when it is wrapped."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Inputs = object  # a tensor, a tuple of positional arguments, a dict of keyword arguments; any nest of them inside
ValidBatch = Callable[[], tuple[Inputs, Tensor]]  # gives the next validation batch: inputs, y


@dataclass(frozen=True)
class Arguments:
    """The positional and keyword arguments of a call of the model."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def arguments(inputs: Inputs) -> Arguments:
    """How a model is called: `model(*tuple)`, `model(**dict)`, or `model(inputs)` for anything else.

    A model that takes one tuple or one dict as its single argument gets it inside a tuple of one.
    """
    if isinstance(inputs, Arguments):
        return inputs
    if isinstance(inputs, tuple):
        return Arguments(inputs, {})
    return Arguments((), inputs) if isinstance(inputs, dict) else Arguments((inputs,), {})


def call(model: torch.nn.Module, inputs: Inputs) -> Tensor:
    """The model's logits, [B] or [B, C]."""
    given = arguments(inputs)
    return model(*given.args, **given.kwargs)


def underlying(model: torch.nn.Module) -> torch.nn.Module:
    """The module inside `torch.compile`, DataParallel or DistributedDataParallel; any other module itself."""
    while True:
        if isinstance(model, torch.nn.DataParallel | torch.nn.parallel.DistributedDataParallel):
            model = model.module
        elif isinstance(inner := getattr(model, "_orig_mod", None), torch.nn.Module):  # torch.compile
            model = inner
        else:
            return model


def full_precision(logits: Tensor) -> Tensor:
    """Logits in float32 where autocast gave less: losses and controllers do not compute in half precision."""
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits


def without_autocast(device: torch.device) -> AbstractContextManager[object]:
    """A context in which autocast is off on a device: it would take a controller's layers to half precision again."""
    kind = device.type
    return torch.autocast(kind, enabled=False) if torch.is_autocast_enabled(kind) else nullcontext()
