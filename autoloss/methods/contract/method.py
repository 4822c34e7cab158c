"""What every method is: a rule for the weights of K candidate losses, which may learn while the model trains."""

import re
import weakref
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss, stack
from autoloss.methods.contract.checks import check_batch, check_candidates, check_values
from autoloss.methods.contract.inputs import ValidBatch, full_precision, without_autocast
from autoloss.methods.contract.look_ahead import LookAhead
from autoloss.methods.contract.watch import Watch


class Method(torch.nn.Module):
    """A rule for the weights of candidate losses.

    A subclass's `__init__(self, losses, n_outputs, *, hyperparameters…)` calls `super().__init__(losses, n_outputs)`.
    What it learns are its parameters; what it remembers are its buffers (both are in `state_dict`, as is the number of
    steps); its optimisers are in `self.optimizers` by name; its random source is `self.generator`. Checkpoints save all
    of these.

    Args:
        losses: the K candidate losses. One that is for regression says so (`tasks = ("regression",)`, on a function
            too); the others are for classification.
        n_outputs: 1 for binary and regression, C for C classes (the shape of the logits).

    Attributes:
        loss_names: names of the candidates in diagnostics and saved controllers; may be set to better ones.
        task: "binary", "multiclass" or "regression".
        steps: training steps so far.
        frozen: never learns again (see `freeze`).
    """

    searches = False  # True: constant weights, found by whole training runs beforehand (see `helpers.search`)
    transferable = False  # True: has a controller that can be saved, frozen and used for another model or dataset

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int):
        super().__init__()
        self.losses, self.n_outputs = list(losses), n_outputs
        self.loss_names = _names(self.losses)
        self.task = _task(self.losses, n_outputs)
        check_candidates(self.losses, self.loss_names, self.task)
        self.optimizers: dict[str, torch.optim.Optimizer] = {}
        self.generator = torch.Generator()
        self.steps = 0
        self.frozen = False
        self.watch: Watch | None = None  # of the step that is running
        self.probed: weakref.ref[torch.nn.Module] | None = None  # the model that `probe` has seen
        self._checked = False

    def loss(self, logits: Tensor, y: Tensor) -> Tensor:
        """The scalar to train the model by, for a loop of your own.

        A method that learns wants it inside `look_ahead`; any other takes each call as a step.

        Args:
            logits: [B] or [B, C], as the model returned them.
            y: [B] labels; where every loss takes soft labels, also [B] probabilities of 1, or [B, C].

        Raises:
            UserError: the method learns, and the call is outside `look_ahead`; or, at the first call, logits, labels
                or candidates do not fit together.
        """
        logits = full_precision(logits)
        if self.task == "regression" and not y.is_floating_point():
            y = y.to(logits.dtype)
        with without_autocast(logits.device):
            if not self._checked:
                self._check(logits, y)
            loss = self.training_loss(logits, y, self.steps)
        if self.watch is not None:
            self.watch.lost(logits.detach(), y, loss)
        elif self.learns:
            where = "with method.look_ahead(model, optimizer, valid):"
            raise UserError(f"method.loss: called outside `{where}`: {type(self).__name__} would never learn")
        else:
            self.steps += 1
        return loss

    def _check(self, logits: Tensor, y: Tensor) -> None:
        """Of the first batch."""
        named = zip(self.loss_names, self.losses, strict=True)
        hard = [name for name, loss in named if not getattr(loss, "soft_labels", False)]
        check_batch(logits, y, self.task, self.n_outputs, hard)
        check_values(self.losses, self.loss_names, logits, y)
        self._checked = True

    def look_ahead(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer, valid: ValidBatch | None) -> Watch:
        """A context around one training step of your own loop, after which the method learns if it is due.

            with method.look_ahead(model, optimizer, valid):
                loss = method.loss(model(inputs), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

        The step may have several forward and backward passes (gradient accumulation), run under autocast, scale the
        loss, and clip gradients by norm: the look-ahead follows what was done, with the clipping coefficient held
        constant.

        Args:
            model: that the loop calls, a wrapper (`torch.compile`, DistributedDataParallel) included.
            optimizer: of the model.
            valid: gives the next validation batch (inputs, y); called only at steps that teach the method. None for a
                method that does not learn from validation data.
        """
        return Watch(self, model, optimizer, valid)

    @property
    def learns(self) -> bool:
        """Whether training steps teach the method, from validation data or from the training loss."""
        return self.learns_from_training or self.learns_from_validation

    @property
    def learns_from_training(self) -> bool:
        """Whether it learns from the gradient of the training loss."""
        return type(self).learn_from_training is not Method.learn_from_training and not self.frozen

    @property
    def learns_from_validation(self) -> bool:
        """Whether it learns from the look-ahead."""
        return type(self).update is not Method.update and not self.frozen

    @property
    def first_pass(self) -> bool:
        """Whether the loss that is being computed is the first one of its step: gradient accumulation has several."""
        return self.watch is None or not self.watch.began

    def pass_state(self) -> Tensor | None:
        """What `update` will need of the forward pass whose loss was just computed, [B, …] (see `LookAhead.state`)."""
        return None

    def __getstate__(self) -> dict[str, object]:
        """For copies and pickles, which train another model."""
        return {**self.__dict__, "probed": None}

    def get_extra_state(self) -> Tensor:
        """The number of steps, for `state_dict`."""
        return torch.tensor(self.steps)

    def set_extra_state(self, state: Tensor) -> None:
        """The number of steps, from `load_state_dict`."""
        self.steps = int(state)

    def weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[B, K] coefficient of each candidate loss for each example. Called once per forward pass in training.

        Args:
            logits: [B] or [B, C], detached: weights depend on predictions, never the reverse.
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
        """Called after each step: a method that learns from the training loss steps its optimiser here."""

    def probe(self, ahead: LookAhead) -> None:
        """Sees the first step of a model, so that what would fail at the first update fails now.

        Args:
            ahead: the first step; its training batch stands in for the validation batch.

        Raises:
            UserError: the method cannot learn from such a model or optimiser.
        """

    def update(self, ahead: LookAhead) -> None:
        """Learns from validation data, after a step that was `due`."""

    def diagnostics(self) -> dict[str, object]:
        """What happened since the last call, as plain numbers: entropy, mixture weights, meta-gradient norm…

        Reading them waits for the device, so call it at evaluations only.
        """
        return {}

    def seed(self, seed: int) -> None:
        """Seeds the method's own random source."""
        self.generator.manual_seed(seed)

    def freeze(self) -> None:
        """Stops all learning; the weights continue to follow the rule as it is now."""
        self.frozen = True
        self.requires_grad_(False)

    def exponential(self, shape: Sequence[int], like: Tensor) -> Tensor:
        """Draws Exponential(1) numbers of `shape`, with the dtype and on the device of `like`.

        The only state is that of `self.generator`, which lives on the CPU, so a checkpoint restores it on any device.
        On an accelerator each draw comes from a fresh generator there, seeded from `self.generator`: bit-reproducible
        on the same kind of device, without copying noise to the device.
        """
        noise = torch.empty(tuple(shape), dtype=like.dtype, device=like.device)
        if like.device.type == "cpu":
            return noise.exponential_(generator=self.generator)
        seed = int(torch.randint(2**62, (), generator=self.generator))  # on the CPU: does not wait for the device
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
