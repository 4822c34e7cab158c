"""What a training job computes: from a cell's specification to the files of its directory."""

from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch

from autoloss import records
from autoloss.data.encoded import EncodedData
from autoloss.methods import Method
from autoloss.training import calibration, history, memory, saved_model, search, settle, tuning
from autoloss.training.build import build
from autoloss.training.checkpoint import Checkpoint
from autoloss.training.evaluation import evaluate
from autoloss.training.loop import fit, predict
from autoloss.training.outcome import OUTCOME, Cost, Outcome, SearchCost, SearchOutcome, TrainingOutcome
from autoloss.training.pace import Reporter
from autoloss.training.progress import Progress
from autoloss.training.roles import TakesController, TakesWeights, with_controller
from autoloss.training.spec import Spec

CHECKPOINT_SECONDS = 30.0
PREDICTIONS = "test_predictions.npy"


def compute(
    kind: str,
    spec: Spec,
    seed: int,
    data: EncodedData,
    upstream: dict[str, Path],
    scratch: Path,
    out: Path,
    threads: int = 1,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    reporter: Reporter | None = None,
) -> None:
    """Does a cell's work and writes its files: metrics.json, and for a training run (kinds train and timing)
    history.jsonl, test_predictions.npy and what the method learned.

    Args:
        kind: train, timing, tune or search.
        spec: the cell's resolved parameters.
        seed: of every random source.
        data: encoded, on the training device.
        upstream: directories of the cells this one uses, by role.
        scratch: folder for the checkpoint; what an interrupted job left there is used.
        out: folder for the results.
        threads: of this process.
        checkpoint_seconds: the least time between two checkpoints.
        reporter: told of each step, for whoever watches.

    Raises:
        UserError: training failed or its input is wrong; the message is one line.
    """
    settle.machine(threads)
    memory.reset_peak(data.train.ids.device)
    if kind == "search":
        outcome: Outcome = search.search_weights(spec, seed, data, scratch, reporter)
    elif kind == "tune":
        outcome = tuning.tune(spec, seed, data, partial(_prepare, upstream=upstream), scratch, reporter)
    else:
        checkpoint = Checkpoint(scratch / "checkpoint.safetensors", checkpoint_seconds)
        outcome = _train(spec, seed, data, upstream, checkpoint, out, reporter)
    records.write(outcome, out / OUTCOME)


def _train(
    spec: Spec,
    seed: int,
    data: EncodedData,
    upstream: dict[str, Path],
    checkpoint: Checkpoint,
    out: Path,
    reporter: Reporter | None,
) -> TrainingOutcome:
    spec = tuning.tuned(spec, upstream)
    model, method = build(spec, data, seed)
    _prepare(method, upstream)
    progress = fit(model, method, data, spec.training, seed, checkpoint, reporter=reporter)
    test_logits = predict(model, data.test)

    history.write_history(progress.history, out / history.HISTORY)
    if progress.selection:
        records.write(progress.selection, out / history.SELECTION)
    np.save(out / PREDICTIONS, test_logits.float().cpu().numpy(), allow_pickle=False)
    if controller := with_controller(method):
        controller.save_controller(out)
    if spec.keep_model:
        saved_model.save(model, spec, out)
    return _outcome(model, test_logits, data, progress, search.spent(upstream))


def _prepare(method: Method, upstream: dict[str, Path]) -> None:
    """Gives a method what earlier cells learned for it."""
    if "controller" in upstream:
        cast(TakesController, method).load_controller(upstream["controller"])
        method.freeze()
    if "search" in upstream:
        found = records.read(SearchOutcome, upstream["search"] / OUTCOME)
        cast(TakesWeights, method).set_weights(found.weights)


def _outcome(
    model: torch.nn.Module, test_logits: torch.Tensor, data: EncodedData, progress: Progress, spent: SearchCost
) -> TrainingOutcome:
    task = data.facts.task
    calibrations = calibration.fit(predict(model, data.valid), data.valid.y, task)
    return TrainingOutcome(
        valid=progress.best.valid,
        test=evaluate(test_logits, data.test.y, task, calibrations),
        calibrations=calibrations,
        best_step=progress.best.step,
        best_epoch=progress.best.epoch,
        steps=progress.step,
        epochs=progress.history[-1].epoch,
        stopped=progress.stopped,
        cost=_cost(progress, data, spent),
    )


def _cost(progress: Progress, data: EncodedData, spent: SearchCost) -> Cost:
    last = progress.history[-1]
    return Cost(
        train_examples=last.train_examples,
        valid_examples=last.valid_examples,
        controller_updates=progress.updates,
        seconds=progress.seconds,
        train_seconds=progress.train_seconds,
        epoch_seconds=progress.train_seconds / last.epoch,
        step_ms=1000 * progress.train_seconds / progress.step,
        examples_per_second=last.train_examples / progress.train_seconds,
        peak_memory_mb=memory.peak_mb(data.train.ids.device),
        search_steps=spent.search_steps,
        trials=spent.trials,
    )
