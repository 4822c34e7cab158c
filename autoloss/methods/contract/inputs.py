"""What a model is called with."""

from collections.abc import Callable

import torch
from torch import Tensor

Inputs = Tensor | tuple[Tensor, ...]  # model(ids), or model(*inputs) for a tuple
ValidBatch = Callable[[], tuple[Inputs, Tensor]]  # gives the next validation batch: inputs, y


def as_args(inputs: Inputs) -> tuple[Tensor, ...]:
    """Positional arguments for the model."""
    return inputs if isinstance(inputs, tuple) else (inputs,)


def call(model: torch.nn.Module, inputs: Inputs) -> Tensor:
    """The model's logits, [B] or [B, C]."""
    return model(*as_args(inputs))
