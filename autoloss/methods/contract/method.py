"""What every method is: a rule for the weights of K candidate losses, which may learn while the model trains."""

import re
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.losses import CandidateLoss, stack
from autoloss.methods.contract.look_ahead import LookAhead


class Method(torch.nn.Module):
    """A rule for the weights of candidate losses.

    A subclass's `__init__(self, losses, n_outputs, *, hyperparameters…)` calls `super().__init__(losses, n_outputs)`.
    What it learns are its parameters; what it remembers are its buffers (both are in `state_dict`);
    its own optimisers stand in `self.optimizers` by name, its own random source is `self.generator`:
    all of these are saved in checkpoints.

    Args:
        losses: the K candidate losses. They are for regression if they say so (`tasks = ("regression",)`,
            on a function too), else for classification.
        n_outputs: 1 for binary and regression, C for C classes (the shape of the logits).

    Attributes:
        loss_names: what diagnostics and saved controllers call the candidates; may be set by who knows better names.
        task: "binary", "multiclass" or "regression".
        frozen: never learns again (see `freeze`).
    """

    searches = False  # True: constant weights, found by whole trainings beforehand (see `helpers.search`)
    transferable = False  # True: has a controller that can be saved, frozen and used for another model or dataset

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int):
        super().__init__()
        self.losses, self.n_outputs = list(losses), n_outputs
        self.loss_names = _names(self.losses)
        self.task = _task(self.losses, n_outputs)
        self.optimizers: dict[str, torch.optim.Optimizer] = {}
        self.generator = torch.Generator()
        self.frozen = False

    def weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, K] coefficient of each candidate loss for each example. Called once in a training step.

        Args:
            logits: [B] or [B, C], detached: weights depend on predictions, never the other way round.
            y: [B] labels.
            step: training step, from 0.
        """
        raise TypeError(f"{type(self).__name__} does not define weights")

    def training_loss(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """The scalar that the model is trained by: the mean over examples of Σ_j weight_ij ℓ_ij."""
        weights = self.weights(logits.detach(), y, step)
        return (weights * stack(self.losses, logits, y)).sum(1).mean()

    def due(self, step: int) -> bool:
        """Whether `update` wants the look-ahead of this step."""
        return False

    def learn_from_training(self) -> None:
        """Called after `loss.backward()`: a method that learns from the training loss steps its optimiser here."""

    def update(self, ahead: LookAhead) -> None:
        """Learns from validation data, after a step that was `due`."""

    def diagnostics(self) -> dict[str, object]:
        """What happened since the last call, for history.jsonl: entropy, selection weights, meta-gradient norm…

        Plain numbers: reading them waits for the device, so call it at evaluations only.
        """
        return {}

    def seed(self, seed: int) -> None:
        """Seeds the method's own random source."""
        self.generator.manual_seed(seed)

    def freeze(self) -> None:
        """Stops all learning; the weights go on following the rule as it is now."""
        self.frozen = True
        self.requires_grad_(False)

    def exponential(self, shape: Sequence[int], like: Tensor) -> Tensor:
        """Draws Exponential(1) numbers of `shape`, with the dtype and on the device of `like`.

        The one state is that of `self.generator`, which lives on the CPU, so a checkpoint restores it on any
        device. On an accelerator each draw comes from a fresh generator there, seeded from `self.generator`:
        bit-reproducible on the same kind of device, and no copy of noise to the device.
        """
        noise = torch.empty(tuple(shape), dtype=like.dtype, device=like.device)
        if like.device.type == "cpu":
            return noise.exponential_(generator=self.generator)
        seed = int(torch.randint(2**62, (), generator=self.generator))  # on the CPU: waits for nothing
        return noise.exponential_(generator=torch.Generator(like.device).manual_seed(seed))


def _task(losses: Sequence[CandidateLoss], n_outputs: int) -> str:
    if n_outputs > 1:
        return "multiclass"
    return "regression" if any(tuple(getattr(loss, "tasks", ())) == ("regression",) for loss in losses) else "binary"


def _names(losses: Sequence[CandidateLoss]) -> list[str]:
    """cross_entropy for CrossEntropy() and for def cross_entropy; a number is added where names repeat."""
    plain = [getattr(loss, "__name__", None) or type(loss).__name__ for loss in losses]
    snake = [re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in plain]
    seen: Counter[str] = Counter()
    names = []
    for name in snake:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names
