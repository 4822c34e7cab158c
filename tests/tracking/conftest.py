"""Cell directories made up for the tests: the files that a training leaves, with chosen numbers."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from autoloss import tracking

tracking.prepare_environment()  # before a test module imports mlflow


def make_cell(root: Path, method: str = "autoloss", seed: int = 0, evaluations: int = 3, **changes: Any) -> Path:
    """Writes a finished cell below `root`/cells and returns its directory.

    Args:
        root: the results folder.
        method, seed: of the cell.
        evaluations: lines of the history.
        changes: `dataset`, `model`, `digest`, `auc` (of the test), `finished_at`, `upstream`, `kind`, `selection`.
    """
    dataset, model = changes.get("dataset", "criteo"), changes.get("model", "deepfm")
    kind, digest, auc = changes.get("kind", "train"), changes.get("digest", "0123456789ab"), changes.get("auc", 0.8)
    id = f"{method}-{model}-{dataset}-s{seed}-{digest}"
    folder = root / "cells" / id
    folder.mkdir(parents=True)
    names = {"id": id, "kind": kind, "scale": "demo", "dataset": dataset, "model": model, "method": method}
    cell = {
        **names,
        "training": "paper",
        "seed": seed,
        "digest": digest,
        "spec": {
            "data": {"name": dataset, "sha256": "ab" * 32},
            "model": {"use": model, "params": {"dim": 16, "mlp": [128, 128], "dropout": 0.2}},
            "method": {"use": method, "params": {"every": 7} if method == "autoloss" else {}},
            "losses": {"focal": {"use": "focal", "params": {"gamma": 2.0}}},
            "training": {"batch_size": 500, "learning_rate": 0.001},
        },
        "upstream": changes.get("upstream", {}),
        "provenance": {
            "versions": {"python": "3.11.9", "torch": "2.13.0"},
            "hardware": {"id": "hw-0123", "cpu": "a processor", "cores": 2, "gpu": None},
            "git_commit": "c0ffee",
            "finished_at": changes.get("finished_at", "2025-06-01T12:00:10+00:00"),
            "command": f"autoloss train {id}",
        },
    }
    metrics = {
        "valid": {"auc": auc + 0.01, "logloss": 0.44},
        "test": {"auc": auc, "logloss": 0.45, "logloss_calibrated": 0.449, "temperature": 1.1, "ece": 0.01},
        "best_step": 100 * evaluations,
        "best_epoch": 1.5,
        "steps": 100 * evaluations,
        "epochs": 2,
        "stopped": "patience",
        "cost": {"train_examples": 5000, "seconds": 10.0, "peak_memory_mb": 300.0},
    }
    (folder / "cell.json").write_text(json.dumps(cell))
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "history.jsonl").write_text("".join(_evaluation(i, evaluations, auc) for i in range(1, evaluations + 1)))
    if changes.get("selection"):
        (folder / "selection.json").write_text(json.dumps(_selection(evaluations)))
    return folder


def _evaluation(i: int, evaluations: int, auc: float) -> str:
    learning = {
        "entropy": 1.3 / i,
        "mixture_weights": {"focal": 0.25, "cross_entropy": 0.75},
        "alarms": ["collapse"] * (i == 2),
    }
    event = {
        "step": 100 * i,
        "epoch": i / 2,
        "train_examples": 500 * i,
        "valid_examples": 50 * i,
        "seconds": 10.0 * i / evaluations,
        "train_loss": 0.7 / i,
        "valid": {"auc": auc + 0.01 - 0.1 / i, "logloss": 0.44 + 0.1 / i},
        "learning": learning,
    }
    return json.dumps(event) + "\n"


def _selection(evaluations: int) -> dict[str, Any]:
    grid = [0.01, 0.5, 0.99]
    panel = [[p, 1 - p] for p in grid]
    maps = [{"step": 100 * evaluations, "selection": [panel, panel], "hypergradient": None}]
    return {"probabilities": grid, "losses": ["focal", "cross_entropy"], "labels": [0, 1], "maps": maps}


@pytest.fixture
def cell():
    """The function that makes cell directories."""
    return make_cell


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """An sqlite file with MLflow's empty tables: making them takes 2 s, copying them nothing."""
    from mlflow import MlflowClient

    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def root(tmp_path, empty_store):
    """A project folder with an empty store."""
    shutil.copy(empty_store, tmp_path)
    return tmp_path
