"""What every method is: a rule for the weights of K candidate losses, which may learn while the model trains."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from autoloss.losses._loss import CandidateLoss

Inputs = Tensor | tuple[Tensor, ...]  # what the model is called with: model(ids) or model(*inputs)


@dataclass
class LookAhead:
    """One step that the model has really taken, as a method needs it to learn from validation data.

    Attributes:
        model: at W', after the step.
        optimizer: the model's, after the step (its state gives Adam's preconditioner).
        before: W, the parameters before the step, by name.
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


class Method(torch.nn.Module):
    """A rule for the weights of candidate losses.

    A subclass's `__init__(self, losses, n_outputs, *, hyperparameters…)` calls `super().__init__(losses, n_outputs)`.
    What it learns are its parameters; what it remembers are its buffers (both are in `state_dict`);
    its own optimisers stand in `self.optimizers` by name, its own random source is `self.generator`:
    all of these are saved in checkpoints.

    Args:
        losses: the K candidate losses.
        n_outputs: 1 for binary and regression, C for C classes (the shape of the logits).
    """

    searches = False  # True: constant weights, found by whole trainings beforehand (see `search`)
    transferable = False  # True: has a controller that can be saved, frozen and used for another model or dataset

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int):
        super().__init__()
        self.losses, self.n_outputs = list(losses), n_outputs
        self.optimizers: dict[str, torch.optim.Optimizer] = {}
        self.generator = torch.Generator()
        self.frozen = False

    def weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, K] coefficient of each candidate loss for each example.

        Args:
            logits: [B] or [B, C], detached: weights depend on predictions, never the other way round.
            y: [B] labels.
            step: training step, from 0.
        """
        raise TypeError(f"{type(self).__name__} does not define weights")

    def due(self, step: int) -> bool:
        """Whether `update` wants the look-ahead of this step."""
        return False

    def learn_from_training(self) -> None:
        """Called after `loss.backward()`: a method that learns from the training loss steps its optimiser here."""

    def update(self, ahead: LookAhead) -> None:
        """Learns from validation data, after a step that was `due`."""

    def diagnostics(self) -> dict[str, object]:
        """What happened since the last call, for history.jsonl: entropy, selection shares, meta-gradient norm…"""
        return {}

    def seed(self, seed: int) -> None:
        """Seeds the method's own random source."""
        self.generator.manual_seed(seed)
