"""Training as in the paper: W on training batches, V on validation batches, stopped by validation."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from autoloss.data.batches import ValidationStream, epoch_batches, steps_per_epoch
from autoloss.data.encoded import EncodedData, Split
from autoloss.errors import Interrupted, UserError
from autoloss.methods import Method, Prune, train_step
from autoloss.models import kept_gradients
from autoloss.training import interrupt
from autoloss.training.checkpoint import Checkpoint
from autoloss.training.evaluation import evaluate
from autoloss.training.history import Evaluation, Selection, SelectionMap
from autoloss.training.pace import Reporter
from autoloss.training.progress import Clock, Progress
from autoloss.training.roles import HasController, with_controller
from autoloss.training.spec import Settings
from autoloss.training.state import State

EVALUATION_BATCH = 10_000
PREDICTIONS = [i / 20 for i in range(21)]  # predicted probabilities at which a controller's selection is recorded


def fit(
    model: torch.nn.Module,
    method: Method,
    data: EncodedData,
    settings: Settings,
    seed: int,
    checkpoint: Checkpoint | None = None,
    prune: Prune | None = None,
    reporter: Reporter | None = None,
) -> Progress:
    """Trains until validation stops it, and leaves the model with the weights of its best evaluation.

    Args:
        model, method: on the device of the data; both are changed.
        data: encoded, on the training device.
        settings: batch size, epochs, rates and when to stop.
        seed: of the order of the batches.
        checkpoint: training resumes from it, and is saved to it every so often and when it is asked to end.
        prune: asked at each evaluation; True stops training (a pruned trial).
        reporter: told of each step, for whoever watches.

    Raises:
        UserError: the training loss is no longer a number.
        Interrupted: the process was asked to end; the checkpoint has all that was done.
    """
    state = State(model, _adam(model, settings), method)
    if checkpoint:
        checkpoint.restore(state)
    progress, schedule = state.progress, Schedule(len(data.train), settings)
    teaching, stopping = _validation_halves(data.valid) if settings.split_validation else (data.valid, data.valid)
    valid_batches = ValidationStream(teaching, settings.batch_size, seed)
    clock = Clock(progress)

    def paused() -> bool:
        return stop.requested or (checkpoint is not None and checkpoint.is_overdue())

    if reporter:
        reporter.start(progress, schedule.last, schedule.batch_size)
    model.train()
    with kept_gradients(model), interrupt.deferred() as stop:
        while not progress.stopped:
            _train(state, data.train, valid_batches, schedule, seed, reporter, paused)
            clock.trained()
            if schedule.evaluates_after(progress.step):
                valid = evaluate_split(model, stopping, data)
                clock.other()
                _record(state, valid, schedule, valid_batches)
                progress.stopped = _reason_to_stop(progress, schedule, settings.patience, prune)
            if stop.requested:
                if checkpoint:
                    checkpoint.save(state)
                raise Interrupted(
                    f"interrupted after step {progress.step}, {'with a' if checkpoint else 'without'} checkpoint"
                )
            if checkpoint and checkpoint.is_due():
                checkpoint.save(state)
            clock.other()
    model.load_state_dict(state.best)
    return progress


def _adam(model: torch.nn.Module, settings: Settings) -> torch.optim.Optimizer:
    rate, decay = settings.learning_rate, settings.weight_decay
    return torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay, fused=True)


def _record(state: State, valid: dict[str, float], schedule: "Schedule", valid_batches: ValidationStream) -> None:
    """Adds an evaluation to the history, and keeps the model if it is the best so far."""
    method, progress = state.method, state.progress
    evaluation = Evaluation(
        step=progress.step,
        epoch=progress.step / schedule.per_epoch,
        train_examples=progress.step * schedule.batch_size,
        valid_examples=progress.updates * valid_batches.batch_size,
        seconds=progress.seconds,
        train_seconds=progress.train_seconds,
        train_loss=progress.loss_sum / (progress.step - progress.evaluated_at),
        valid=valid,
        learning=method.diagnostics(),
    )
    if controller := with_controller(method):
        progress.record_selection(_selected(controller, method.loss_names, progress.step))
    if progress.record(evaluation):
        state.best = {name: tensor.detach().clone() for name, tensor in state.model.state_dict().items()}


def _reason_to_stop(progress: Progress, schedule: "Schedule", patience: int, prune: Prune | None) -> str:
    if prune and prune(progress.step, progress.best_value):
        return "pruned"
    if progress.worse >= patience:
        return "patience"
    return "epochs" if progress.step >= schedule.last else ""


def _selected(controller: HasController, losses: list[str], step: int) -> Selection:
    found = controller.selection(PREDICTIONS)
    now = SelectionMap(step, found["selection"], found["hypergradient"])
    return Selection(found["probabilities"], found["labels"], losses, [now])


class Schedule:
    """When epochs end and when to evaluate.

    Args:
        rows: of the training split.
        settings: batch size, epochs, evaluations per epoch.
    """

    def __init__(self, rows: int, settings: Settings):
        self.batch_size = min(settings.batch_size, rows)
        self.per_epoch = steps_per_epoch(rows, self.batch_size)
        self.last = settings.epochs * self.per_epoch
        # evaluations divide an epoch evenly; the last one ends it
        shares = min(settings.evaluations_per_epoch, self.per_epoch)
        self._stops = {(k + 1) * self.per_epoch // shares for k in range(shares)}

    def evaluates_after(self, step: int) -> bool:
        """Whether an evaluation follows step number `step`, counted from 1."""
        return step >= self.last or (step - 1) % self.per_epoch + 1 in self._stops


def _train(
    state: State,
    train: Split,
    valid_batches: ValidationStream,
    schedule: Schedule,
    seed: int,
    reporter: Reporter | None,
    paused: Callable[[], bool],
) -> None:
    """Trains to the next evaluation, within one epoch, or until it is to pause."""
    model, optimizer, method, progress = state.model, state.optimizer, state.method, state.progress
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
        if schedule.evaluates_after(progress.step) or paused():
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
