"""Training as in the paper: W on training batches, V on validation batches, stopped by validation."""

import math
from collections.abc import Callable
from typing import NoReturn

import torch
from torch import Tensor

from autoloss.data.batches import ValidationStream, epoch_batches, steps_per_epoch
from autoloss.data.encoded import EncodedData, Split
from autoloss.errors import Interrupted, UserError
from autoloss.methods import Method, train_step
from autoloss.training import interrupt
from autoloss.training.checkpoint import Checkpoint
from autoloss.training.evaluation import evaluate
from autoloss.training.history import Evaluation, Selection, SelectionMap
from autoloss.training.interrupt import Stop
from autoloss.training.pace import Reporter
from autoloss.training.progress import Clock, Progress
from autoloss.training.roles import HasController, with_controller
from autoloss.training.spec import Settings

EVALUATION_BATCH = 10_000
PREDICTIONS = [i / 20 for i in range(21)]  # predicted probabilities at which a controller's selection is recorded
Report = Callable[[int, float], bool]  # (step, validation value) → stop now?


def fit(
    model: torch.nn.Module,
    method: Method,
    data: EncodedData,
    settings: Settings,
    seed: int,
    checkpoint: Checkpoint | None = None,
    max_steps: int | None = None,
    report: Report | None = None,
    reporter: Reporter | None = None,
) -> Progress:
    """Trains until validation stops it, and leaves the model with the weights of its best evaluation.

    Args:
        model, method: on the device of the data; both are changed.
        data: encoded, on the training device.
        settings: batch size, epochs, rates and when to stop.
        seed: of the order of the batches.
        checkpoint: training resumes from it, and is saved to it at evaluations.
        max_steps: stops after that many steps at the latest.
        report: called at each evaluation; True stops training (a pruned trial).
        reporter: told of each step, for whoever watches.

    Raises:
        UserError: the training loss is no longer a number.
        Interrupted: the process was asked to end; the checkpoint has all that was done.
    """
    optimizer = torch.optim.Adam(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    teaching, stopping = _validation_halves(data.valid) if settings.split_validation else (data.valid, data.valid)
    valid_batches = ValidationStream(teaching, settings.batch_size, seed)
    schedule = Schedule(len(data.train), settings, max_steps)

    progress, best = Progress(), {}
    if checkpoint and (restored := checkpoint.restore(model, optimizer, method)):
        best, progress = restored
    clock = Clock(progress)
    if reporter:
        reporter.start(progress, schedule.last, schedule.batch_size)
    model.train()
    with interrupt.deferred() as stop:
        while not progress.stopped:
            _train(model, optimizer, method, data.train, valid_batches, schedule, progress, seed, reporter, stop)
            clock.trained()
            if not schedule.evaluates_after(progress.step):
                _interrupted(model, optimizer, method, best, progress, checkpoint)
            valid = evaluate_split(model, stopping, data)
            clock.other()
            evaluation = Evaluation(
                step=progress.step,
                epoch=progress.step / schedule.per_epoch,
                train_examples=progress.step * schedule.batch_size,
                valid_examples=progress.updates * min(settings.batch_size, len(teaching)),
                seconds=progress.seconds,
                train_seconds=progress.train_seconds,
                train_loss=progress.loss_sum / (progress.step - progress.evaluated_at),
                valid=valid,
                learning=method.diagnostics(),
            )
            if controller := with_controller(method):
                progress.record_selection(_selected(controller, method.loss_names, progress.step))
            if progress.record(evaluation):
                best = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
            if report and report(progress.step, progress.best_value):
                progress.stopped = "pruned"
            elif progress.worse >= settings.patience:
                progress.stopped = "patience"
            elif progress.step >= schedule.last:
                progress.stopped = "epochs"
            if stop.requested:
                _interrupted(model, optimizer, method, best, progress, checkpoint)
            if checkpoint and checkpoint.is_due():
                checkpoint.save(model, optimizer, method, best, progress)
    model.load_state_dict(best)
    return progress


def _selected(controller: HasController, losses: list[str], step: int) -> Selection:
    found = controller.selection(PREDICTIONS)
    now = SelectionMap(step, found["selection"], found["hypergradient"])
    return Selection(found["probabilities"], found["labels"], losses, [now])


class Schedule:
    """When epochs end and when to evaluate.

    Args:
        rows: of the training split.
        settings: batch size, epochs, evaluations per epoch.
        max_steps: training stops after that many steps at the latest.
    """

    def __init__(self, rows: int, settings: Settings, max_steps: int | None = None):
        self.batch_size = min(settings.batch_size, rows)
        self.per_epoch = steps_per_epoch(rows, self.batch_size)
        self.last = settings.epochs * self.per_epoch
        if max_steps:
            self.last = min(self.last, max_steps)
        # evaluations divide an epoch evenly; the last one ends it
        shares = min(settings.evaluations_per_epoch, self.per_epoch)
        self._stops = {(k + 1) * self.per_epoch // shares for k in range(shares)}

    def evaluates_after(self, step: int) -> bool:
        """Whether an evaluation follows step number `step`, counted from 1."""
        return step >= self.last or (step - 1) % self.per_epoch + 1 in self._stops


def _interrupted(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    method: Method,
    best: dict[str, Tensor],
    progress: Progress,
    checkpoint: Checkpoint | None,
) -> NoReturn:
    if checkpoint:
        checkpoint.save(model, optimizer, method, best, progress)
    raise Interrupted(f"interrupted after step {progress.step}, {'with a' if checkpoint else 'without'} checkpoint")


def _train(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    method: Method,
    train: Split,
    valid_batches: ValidationStream,
    schedule: Schedule,
    progress: Progress,
    seed: int,
    reporter: Reporter | None,
    stop: Stop,
) -> None:
    """Trains to the next evaluation, within one epoch, or until it is asked to stop."""
    # summed up on the device: nothing waits for it inside the loop
    losses = torch.full((), progress.loss_sum, device=train.ids.device)
    epoch, done = divmod(progress.step, schedule.per_epoch)
    for ids, y in epoch_batches(train, schedule.batch_size, seed, epoch, done):
        due = method.due(progress.step)
        losses += train_step(model, optimizer, method, ids, y, lambda: valid_batches.batch(progress.updates))
        progress.step += 1
        progress.updates += due
        if reporter:
            reporter.stepped(progress)
        if stop.requested or schedule.evaluates_after(progress.step):
            break
    progress.loss_sum = losses.item()
    if not math.isfinite(progress.loss_sum):
        where = f"between steps {progress.evaluated_at} and {progress.step}"
        raise UserError(f"training loss is {progress.loss_sum} {where}: expected a finite number")


def predict(model: torch.nn.Module, split: Split) -> Tensor:
    """[N] or [N, C] logits of a split in row order, without dropout."""
    model.eval()
    with torch.inference_mode():
        logits = torch.cat([model(ids) for ids in split.ids.split(EVALUATION_BATCH)])
    model.train()
    return logits


def evaluate_split(model: torch.nn.Module, split: Split, data: EncodedData) -> dict[str, float]:
    """The metrics of a split."""
    return evaluate(predict(model, split), split.y, data.facts.task)


def _validation_halves(valid: Split) -> tuple[Split, Split]:
    """Even rows teach the controller, odd rows stop training."""
    return Split(valid.ids[::2].contiguous(), valid.y[::2]), Split(valid.ids[1::2].contiguous(), valid.y[1::2])
