"""Cell directories made up for the tests: the files that a training leaves, with chosen numbers."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import fake_records
import pytest
import yaml

from autoloss import records, seals, tracking
from autoloss.cells.record import RECORD, CellRecord
from autoloss.training.history import HISTORY, SELECTION, Evaluation, Selection, SelectionMap, write_history
from autoloss.training.outcome import OUTCOME
from autoloss.training.spec import PlugIn, Spec

tracking.prepare_environment()  # before a test module imports mlflow


def make_cell(root: Path, method: str = "autoloss", seed: int = 0, evaluations: int = 3, **changes: Any) -> Path:
    """Writes a finished cell below `root`/cells and returns its directory.

    Args:
        root: the results folder.
        method, seed: of the cell.
        evaluations: lines of the history.
        changes: `dataset`, `model`, `digest`, `auc` (of the test), `finished_at`, `upstream`, `kind`,
            `selection`, `task`.
    """
    dataset, model = changes.get("dataset", "criteo"), changes.get("model", "deepfm")
    kind, digest, auc = changes.get("kind", "train"), changes.get("digest", "0123456789ab"), changes.get("auc", 0.8)
    id = f"{method}-{model}-{dataset}-s{seed}-{digest}"
    folder = root / "cells" / id
    folder.mkdir(parents=True)
    losses = {"focal": PlugIn("focal", {"gamma": 2.0})}
    spec = Spec(
        data=replace(fake_records.DATA, name=dataset, task=changes.get("task", "binary")),
        model=PlugIn(model, {"dim": 16, "mlp": [128, 128], "dropout": 0.2}),
        method=PlugIn(method, {"every": 7} if method == "autoloss" else {}),
        losses=losses,
        training=fake_records.SETTINGS,
    )
    about = CellRecord(
        id, kind, "demo", dataset, model, method, "paper", seed, digest, None, spec, changes.get("upstream", {}), {},
        provenance=replace(
            fake_records.PROVENANCE,
            hardware=replace(fake_records.HARDWARE, id="hw-0123"),
            git_commit="c0ffee",
            finished_at=changes.get("finished_at", "2025-06-01T12:00:10+00:00"),
            command=f"autoloss train {id}",
        ),
    )  # fmt: skip
    outcome = replace(
        fake_records.OUTCOME,
        valid={"auc": auc + 0.01, "logloss": 0.44},
        test={"auc": auc, "logloss": 0.45, "logloss_calibrated": 0.449, "ece": 0.01},
        best_step=100 * evaluations,
        steps=100 * evaluations,
        stopped="patience",
        cost=replace(fake_records.COST, seconds=10.0, peak_memory_mb=300.0),
    )
    records.write(about, folder / RECORD)
    records.write(outcome, folder / OUTCOME)
    write_history([_evaluation(i, evaluations, auc) for i in range(1, evaluations + 1)], folder / HISTORY)
    if changes.get("selection"):
        records.write(_selection(evaluations), folder / SELECTION)
    seals.seal(folder, RECORD)
    return folder


def _evaluation(i: int, evaluations: int, auc: float) -> Evaluation:
    learning = {
        "entropy": 1.3 / i,
        "mixture_weights": {"focal": 0.25, "cross_entropy": 0.75},
        "alarms": ["collapse"] * (i == 2),
    }
    return Evaluation(
        step=100 * i,
        epoch=i / 2,
        train_examples=500 * i,
        valid_examples=50 * i,
        seconds=10.0 * i / evaluations,
        train_seconds=9.0 * i / evaluations,
        train_loss=0.7 / i,
        valid={"auc": auc + 0.01 - 0.1 / i, "logloss": 0.44 + 0.1 / i},
        learning=learning,
    )


def _selection(evaluations: int) -> Selection:
    grid = [0.01, 0.5, 0.99]
    panel = [[p, 1 - p] for p in grid]
    return Selection(grid, [0, 1], ["focal", "cross_entropy"], [SelectionMap(100 * evaluations, [panel, panel], None)])


@pytest.fixture(autouse=True)
def project_name(monkeypatch):
    """The project's name, whatever the folder is called."""
    monkeypatch.setenv(tracking.NAME, "autoloss")


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


@pytest.fixture
def enter(root, monkeypatch):
    """enter(params) → the folder of a project with this params.yaml and the default store, now the current folder."""

    def run(params: dict[str, Any]) -> Path:
        (root / "params.yaml").write_text(yaml.safe_dump(params))
        monkeypatch.chdir(root)
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        return root

    return run
