"""What is refused: candidates that do not fit together, and a first batch that would be trained on wrongly.

The first batch is checked once, before the first step; reading it waits for the device. Later batches are not checked.
"""

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss

MANY = 16  # logits


def check_candidates(losses: Sequence[CandidateLoss], names: Sequence[str], task: str) -> None:
    """Refuses an empty list, and a candidate of another task; a function without `tasks` fits any.

    Raises:
        UserError: with the name of the loss.
    """
    if not losses:
        raise UserError("losses: found an empty list, expected at least one candidate")
    for loss, name in zip(losses, names, strict=True):
        tasks = tuple(getattr(loss, "tasks", (task,)))
        if task not in tasks:
            raise UserError(f"losses: {name}: found a loss for {' and '.join(tasks)}, the others are for {task}")


def check_batch(logits: Tensor, y: Tensor, task: str, n_outputs: int, hard: Sequence[str]) -> None:
    """Refuses logits and labels that do not fit the task; warns of probabilities in place of logits.

    Args:
        logits, y: of the first batch.
        task, n_outputs: as in `Method`.
        hard: names of the losses that take no soft labels.

    Raises:
        UserError: naming logits or y, with what was found and what was expected.
    """
    _check_shapes(logits, y, task, n_outputs)
    if not logits.requires_grad:
        raise UserError("logits: found no gradient, expected the output of a model in training")
    if y.is_floating_point() and not y.isfinite().all():
        raise UserError("y: found NaN or infinite labels, expected finite ones")
    if task == "regression":
        return
    if y.dim() == 2:
        _check_probabilities(y, hard)
    else:
        _check_labels(y, task, n_outputs, hard)
    # few logits may lie there by chance, and those of an output layer that starts at zero do
    if logits.numel() >= MANY and bool((logits >= 0).all() and (logits <= 1).all() and (logits != logits[0]).any()):
        message = (
            "model: all outputs lie in [0, 1] and look like probabilities; expected logits (no sigmoid or softmax)"
        )
        warnings.warn(message, stacklevel=5)


def _check_shapes(logits: Tensor, y: Tensor, task: str, n_outputs: int) -> None:
    soft = (len(y), n_outputs) if task == "multiclass" else None  # the shape of probabilities
    if y.dim() != 1 and tuple(y.shape) != soft:
        raise UserError(f"y: found shape {list(y.shape)}, expected [{len(y)}], one label per example")
    expected = (len(y), n_outputs) if task == "multiclass" else (len(y),)
    if tuple(logits.shape) != expected:
        hint = ": squeeze(1) in the model" if tuple(logits.shape) == (len(y), 1) else ""
        raise UserError(
            f"logits: found shape {list(logits.shape)}, expected {list(expected)} beside labels [{len(y)}]{hint}"
        )


def _check_labels(y: Tensor, task: str, n_outputs: int, hard: Sequence[str]) -> None:
    """[B] class indices, or probabilities of 1."""
    highest = n_outputs - 1 if task == "multiclass" else 1
    low, high = float(y.min()), float(y.max())
    if low < 0 or high > highest:
        hint = "; for labels -1 and 1 give (y + 1) / 2" if (low, high, task) == (-1, 1, "binary") else ""
        raise UserError(f"y: found labels from {low:g} to {high:g}, expected whole numbers from 0 to {highest}{hint}")
    if y.is_floating_point() and (hard or task == "multiclass") and (y != y.round()).any():
        because = f": {hard[0]} takes no soft labels" if hard else ""
        raise UserError(f"y: found labels that are not whole, expected whole numbers from 0 to {highest}{because}")


def _check_probabilities(y: Tensor, hard: Sequence[str]) -> None:
    """[B, C] of the classes."""
    if hard:
        raise UserError(f"y: found shape {list(y.shape)}, expected [{len(y)}]: {hard[0]} takes no soft labels")
    if not y.is_floating_point() or (y < 0).any() or ((y.sum(1) - 1).abs() > 1e-3).any():
        raise UserError("y: found rows that are no probabilities, expected rows of at least 0 that add up to 1")


def check_values(losses: Sequence[CandidateLoss], names: Sequence[str], logits: Tensor, y: Tensor) -> None:
    """Refuses a candidate that does not give one differentiable value per example.

    Raises:
        UserError: with the name of the loss.
    """
    z = logits.detach().requires_grad_()
    for loss, name in zip(losses, names, strict=True):
        with torch.enable_grad():
            values = loss(z, y)
        if not isinstance(values, Tensor) or tuple(values.shape) != (len(y),):
            found = f"shape {list(values.shape)}" if isinstance(values, Tensor) else type(values).__name__
            raise UserError(f"losses: {name}: found {found}, expected [{len(y)}], one value per example, not reduced")
        if not values.requires_grad:
            raise UserError(f"losses: {name}: found no gradient, expected a differentiable function of the logits")
