"""Directories of cells as trainings leave them, with made-up numbers: what the report is tested on.

The numbers are a function of the names alone, so that the same directories come out every time.
"""

import hashlib
import json
import math
import shutil
from pathlib import Path

import fake_cells
import fake_records
import numpy as np
from fake_cells import LIFT, LOSSES
from fake_facts import FACTS, REAL, fake_facts

from autoloss import records, seals
from autoloss.cells.record import RECORD
from autoloss.training.history import HISTORY, SELECTION, Evaluation, Selection, SelectionMap, write_history
from autoloss.training.outcome import OUTCOME, Calibration, Cost, SearchCost, SearchOutcome, TrainingOutcome

TASKS = {"ml-20m": "multiclass"}
TEST_ROWS = 2000
CALIBRATIONS = {kind: Calibration(1 / 1.05, [0.0]) for kind in ("affine", "temperature")}
PAPER = Path(__file__).parents[2] / "reports" / "paper"


def project(root, config, fail=("nothing",), skip=("nothing",)):
    """A project's folder with data, cells and the paper's numbers; returns its plan."""
    plan = fake_cells.plan(config)
    write(plan, root, skip=skip, fail=fail)
    shutil.copytree(PAPER, Path(root) / "reports" / "paper")
    write_stored(Path(root) / "docs" / "results")
    return plan


def write_stored(folder):
    """The stored results of an earlier run on real ratings."""
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("All tables of that run.")
    fields = "scale,dataset,model,method,seeds,auc_mean,auc_std,logloss_calibrated_mean,logloss_calibrated_std,"
    fields += "significant,best_baseline,difference,difference_low,difference_high"
    line = "small,ml-20m,deepfm,{},5,0.76{},0.002,1.16{},0.003,{}"
    tests = {"autoloss": "false,bohb,-0.0015,-0.0037,0.0006"}
    methods = enumerate(("kl", "ce", "bohb", "autoloss"))
    lines = [line.format(m, i, i, tests.get(m, ",,,,")) for i, m in methods]
    (folder / "searched.csv").write_text("\n".join([fields, *lines]) + "\n")


def write(plan, root, skip=(), fail=()):
    """Writes data folders and the directories of all cells but those whose id begins with one of `skip` or `fail`."""
    for dataset in sorted({cell.dataset for cell in plan.cells}):
        write_data(root, plan.cells[0].scale, dataset)
    for cell in plan.cells:
        if cell.id.startswith(tuple(fail)):
            path = cell.failure(root)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"id": cell.id, "error": "the loss is not finite at step 120 (hinge)"}))
        elif not cell.id.startswith(tuple(skip)):
            write_cell(cell, cell.folder(root))


def write_data(root, scale, dataset):
    """The facts and the test labels of one dataset."""
    folder = Path(root) / "data" / "encoded" / scale / dataset
    folder.mkdir(parents=True, exist_ok=True)
    fields = {"criteo": 39, "ml-20m": 2, "avazu": 22}[dataset]
    task = TASKS.get(dataset, "binary")
    classes = 5 if task == "multiclass" else 2
    fake_facts(
        dataset,
        task=task,
        n_classes=5 if classes == 5 else None,
        n_outputs=5 if classes == 5 else 1,
        rows=30000,
        rows_per_split={"train": 24000, "valid": 3000, "test": TEST_ROWS},
        field_names=tuple(f"f{i}" for i in range(fields)),
        field_sizes=(100,) * fields,
        class_shares={split: (round(1 / classes, 4),) * classes for split in ("train", "valid", "test")},
        source=REAL if dataset in TASKS else FACTS.source,
    ).write(folder)
    np.save(folder / "test_labels.npy", labels(dataset))


def labels(dataset):
    """[N] test labels: float 0/1 or class index."""
    rng = np.random.default_rng(7)
    if dataset in TASKS:
        return rng.integers(0, 5, TEST_ROWS).astype(np.int64)
    return (rng.random(TEST_ROWS) < 0.3).astype(np.float32)


def write_cell(cell, folder):
    """The directory of one finished training."""
    rng = np.random.default_rng(int(hashlib.sha256(cell.id.rpartition("-")[0].encode()).hexdigest()[:8], 16))
    lift = LIFT.get(cell.method, LIFT.get(cell.method.partition("_")[0], -3)) * 1e-4
    top = {"criteo": 0.78, "ml-20m": 0.72, "avazu": 0.75}[cell.dataset] + lift + rng.normal(0, 4e-4)
    every, evaluations = cell.spec.method.params.get("every", 7), 16
    pace = 12 * (1 + (cell.method.startswith("autoloss")) * 2.2 / every)
    lines = []
    for i in range(1, evaluations + 1):
        auc = top - 0.12 * np.exp(-i / 3) - 2e-4 * max(0, i - 11) + rng.normal(0, 2e-4)
        learning = _learning(rng, i, evaluations) if cell.method.startswith(("autoloss", "slf")) else {}
        lines.append(
            Evaluation(
                step=12 * i, epoch=i / 4, train_examples=6000 * i, valid_examples=3000 * i,
                seconds=pace * i / 10, train_seconds=pace * i / 11, train_loss=0.7 * np.exp(-i / 9),
                valid={"auc": float(auc), "logloss": float(1.2 - auc)}, learning=learning,
            )
        )  # fmt: skip
    best = max(lines, key=lambda line: line.valid["auc"])
    test = {"auc": top, "logloss": 1.22 - top + rng.normal(0, 3e-4), "logloss_calibrated": 1.218 - top, "ece": 0.012}
    timed = cell.kind == "timing"
    cost = Cost(
        train_examples=96000, valid_examples=48000, controller_updates=190 // every, seconds=pace * 1.7,
        train_seconds=pace * 1.5, peak_memory_mb=410.0 + 3 * len(cell.method), search_steps=0, trials=0,
        epoch_seconds=pace * (1 + rng.normal(0, 0.02)) / 4 if timed else math.nan,
        step_ms=pace if timed else math.nan, examples_per_second=90000 / pace if timed else math.nan,
    )  # fmt: skip
    outcome = TrainingOutcome(
        valid=best.valid, test=test, calibrations=CALIBRATIONS, best_step=best.step, best_epoch=best.epoch,
        steps=192, epochs=4.0, stopped="epochs", cost=cost,
    )  # fmt: skip
    if cell.kind == "search":
        outcome = SearchOutcome([0.25] * 4, [], SearchCost(4000, 12, pace * 1.7))
    folder.mkdir(parents=True, exist_ok=True)
    records.write(fake_records.record(cell), folder / RECORD)
    records.write(outcome, folder / OUTCOME)
    write_history(lines, folder / HISTORY)
    if cell.method.startswith(("autoloss", "slf")):
        records.write(selection(cell, rng), folder / SELECTION)
    np.save(folder / "test_predictions.npy", _logits(cell, rng))
    seals.seal(folder, RECORD)


def _learning(rng, i, n):
    weights = np.array([0.15, 0.2 + 0.3 * i / n, 0.25, 0.5 - 0.3 * i / n]) + rng.uniform(0, 0.03, 4)
    return {
        "entropy": 1.38 - 0.7 * i / n,
        "mixture_weights": dict(zip(LOSSES, (weights / weights.sum()).tolist(), strict=True)),
        "alarms": [],
    }


def selection(cell, rng):
    """A controller's picture: per label and predicted probability, the probability of each candidate, over training."""
    classes = 5 if cell.dataset in TASKS else 2
    grid = np.linspace(0, 1, 21)
    maps = []
    for m in range(6):
        scores = np.stack(
            [
                np.stack([np.sin(3 * grid + k + c) * (0.4 + 0.3 * m) + 0.1 * rng.normal() for k in range(4)], 1)
                for c in range(classes)
            ]
        )
        probabilities = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
        seen = [[row if 2 < g < 19 else None for g, row in enumerate(label)] for label in scores.tolist()]
        maps.append(SelectionMap(32 * (m + 1), probabilities.tolist(), seen if m else None))
    return Selection(grid.tolist(), list(range(classes)), LOSSES, maps)


def _logits(cell, rng):
    y = labels(cell.dataset)
    if cell.dataset in TASKS:
        return (rng.normal(size=(TEST_ROWS, 5)) + 1.5 * np.eye(5)[y]).astype(np.float32)
    return (rng.normal(-1, 1.2, TEST_ROWS) + 1.2 * y).astype(np.float32)
