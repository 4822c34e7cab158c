"""One training step with a method: W on the training batch, and the method's own learning when it is due."""

import torch
from torch import Tensor

from autoloss.methods.contract.inputs import Inputs, ValidBatch, call
from autoloss.methods.contract.look_ahead import LookAhead
from autoloss.methods.contract.method import Method
from autoloss.methods.contract.random_state import rng_states


def train_step(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    method: Method,
    inputs: Inputs,
    y: Tensor,
    valid_batch: ValidBatch,
    step: int,
) -> Tensor:
    """Trains the model by one step on the method's mixture of losses, then lets the method learn.

    The method's look-ahead is this very step, so its update costs no second training gradient. Nothing here
    waits for the device.

    Args:
        model: in train mode; `model(inputs)` (or `model(*inputs)` for a tuple) gives logits, [B] or [B, C].
        optimizer: of the model.
        method: chooses the weights of the candidate losses.
        inputs, y: the training batch; y [B].
        valid_batch: gives the next validation batch (inputs, y); called only at steps that are due.
        step: number of the step, from 0.

    Returns:
        The mean training loss, a detached scalar on the device.
    """
    due = method.due(step)
    if due:
        buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
        rng_state = rng_states(y.device)
    logits = call(model, inputs)
    loss = method.training_loss(logits, y, step)
    optimizer.zero_grad()
    loss.backward()
    method.learn_from_training()
    if due:
        before = {name: p.detach().clone() for name, p in model.named_parameters() if p.grad is not None}
    optimizer.step()
    if due:
        batch = (inputs, y, logits.detach(), *valid_batch())
        method.update(LookAhead(model, optimizer, before, buffers, rng_state, *batch, step))
    return loss.detach()
