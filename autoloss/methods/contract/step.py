"""One training step with a method, for loops that need nothing of their own between forward pass and step."""

import torch
from torch import Tensor

from autoloss.methods.contract.inputs import Inputs, ValidBatch, call
from autoloss.methods.contract.method import Method


def train_step(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    method: Method,
    inputs: Inputs,
    y: Tensor,
    valid: ValidBatch | None,
) -> Tensor:
    """Trains the model by one step on the method's mixture of losses, then lets the method learn.

    The method's look-ahead is this very step, so its update needs no second training gradient. Nothing here waits for
    the device, except at the first step, which is checked.

    Args:
        model: in train mode; `model(inputs)` gives logits, [B] or [B, C]. A tuple of inputs is passed as positional
            arguments, a dict as keyword arguments.
        optimizer: of the model.
        method: chooses the weights of the candidate losses.
        inputs, y: the training batch; y [B].
        valid: gives the next validation batch (inputs, y); called only at steps that teach the method.

    Returns:
        The mean training loss, a detached scalar on the device.
    """
    with method.look_ahead(model, optimizer, valid):
        loss = method.loss(call(model, inputs), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.detach()
