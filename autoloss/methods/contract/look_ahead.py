"""One step that the model has really taken, as a method needs it to learn from validation data."""

from dataclasses import dataclass

import torch
from torch import Tensor

from autoloss.methods.contract.inputs import Inputs


@dataclass(frozen=True)
class LookAhead:
    """One step that the model has really taken, as a method needs it to learn from validation data.

    Attributes:
        model: at W', after the step, in the mode it was trained in.
        optimizer: the model's, after the step (its state gives Adam's preconditioner).
        before: W, the parameters that the step moved, as they were before it, by name.
        buffers: the model's buffers as the training forward pass found them, by name.
        rng_state: the state of torch's generators then, so that dropout can be drawn again alike.
        inputs, y, logits: the training batch, and the model's (detached) logits for it at W.
        valid_inputs, valid_y: the validation batch.
        step: number of the step, from 0.
    """

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    before: dict[str, Tensor]
    buffers: dict[str, Tensor]
    rng_state: list[Tensor]
    inputs: Inputs
    y: Tensor
    logits: Tensor
    valid_inputs: Inputs
    valid_y: Tensor
    step: int
