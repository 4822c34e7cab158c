"""A small project with every kind of cell, and what its stages give when nothing disturbs them."""

import json
import shutil
import sys
import time
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoloss.cells import inspect

DVC = [sys.executable, "-m", "dvc"]
AUTOLOSS = [sys.executable, "-m", "autoloss"]
STAGES = {  # in the order of dvc.yaml; each starts from what those before it have made
    "data": [*AUTOLOSS, "data", "prepare"],
    "quality": [*AUTOLOSS, "run", "quality"],
    "timing": [*AUTOLOSS, "run", "timing"],
    "report": [*AUTOLOSS, "report"],
    "track": [*AUTOLOSS, "track"],
    "verify": [*AUTOLOSS, "verify", "--cells"],
    "archive": [*AUTOLOSS, "archive", "--prune"],
    "all": [*DVC, "repro"],
}
MEASURED = ("seconds", "train_seconds", "epoch_seconds", "step_ms", "examples_per_second", "peak_memory_mb")
TIMES = ("efficiency", "cost", "tuning")  # tables that show what took how long


@dataclass(frozen=True)
class Undisturbed:
    """A project that was made in peace.

    Attributes:
        project: as it is in the end. params: its parameters.
        before: the folder of a copy of it before each stage.
        seconds: how long each stage took.
    """

    project: Any
    params: dict[str, Any]
    before: dict[str, Path]
    seconds: dict[str, float]

    def start(self, stage: str, root: Path) -> Any:
        """A fresh project that stands right before a stage."""
        shutil.rmtree(root, ignore_errors=True)
        return _copied(self.project, self.before[stage], root)


def made(project: Any, tiny: dict[str, Any], folder: Path) -> Undisturbed:
    """Runs every stage once in a fresh project, and keeps a copy of it before each."""
    params, before, seconds = _params(tiny), {}, {}
    project.params(params)
    project.repository()
    for stage, command in STAGES.items():
        if stage == "all":
            project = _copied(project, before["data"], folder / "whole")
        if stage == "track":  # so that there is something to record, which the runs have done
            (project.root / "mlflow.db").unlink()
            shutil.rmtree(project.root / "mlartifacts")
        before[stage] = _copied(project, project.root, folder / stage).root
        begin = time.monotonic()
        project.run(*command)
        seconds[stage] = time.monotonic() - begin
    # so that there is something to prune
    _at(project, before["archive"]).params(params | {"seeds": 1})
    return Undisturbed(project, params, before, seconds)


def results(project: Any) -> dict[str, Any]:
    """All that must come out the same, whatever happened on the way: data, numbers of cells, tables."""
    root = project.root
    data = {str(f.relative_to(root)): f.read_bytes() for f in (root / "data" / "encoded").rglob("*") if f.is_file()}
    cells = {f.parent.name: _timeless(json.loads(f.read_text())) for f in root.glob("results/cells/*/metrics.json")}
    tables = {f.name: f.read_text() for f in root.glob("reports/tables/*.csv") if f.stem not in TIMES}
    return {"data": data, "cells": cells, "tables": tables}


def damaged(root: Path) -> list[str]:
    """What is half-written: cells that are not as they were sealed, and files of the report that cannot be read."""
    wrong = [told for folder in inspect.folders(root) if (told := inspect.wrong(folder))]
    return wrong + [str(f) for f in root.glob("reports/**/*.json") if not _is_json(f)]


def _params(tiny: dict[str, Any]) -> dict[str, Any]:
    """The tiny parameters with a search for weights, a search for settings, a transfer, and timings."""
    common = {"datasets": ["ratings"], "models": ["deepfm"]}
    tiny["methods"]["bohb"] = {"losses": ["focal", "cross_entropy"], "trials": 2}
    tiny["models"]["nfm"] = {"like": "deepfm"}
    tiny["training"]["searched"] = {
        "batch_size": 200,
        "tuning": {"trials": 2, "learning_rate": [0.0003, 0.01], "weight_decay": [1e-06, 0.001]},
    }
    tiny["experiments"] = {
        "overall": {**common, "methods": ["ce", "bohb", "autoloss"]},
        "searched": {**common, "methods": ["ce"], "training": "searched", "seeds": 1},
        "transfer": {
            "kind": "transfer",
            "source_model": "deepfm",
            "datasets": ["ratings"],
            "models": ["nfm"],
            "methods": ["autoloss"],
            "seeds": 1,
        },
        "speed": {**common, "kind": "timing", "methods": ["ce"], "seeds": 1},
    }
    return tiny | {"device": "cpu"}


def _copied(project: Any, source: Path, root: Path) -> Any:
    shutil.copytree(source, root, symlinks=True)
    return _at(project, root)


def _at(project: Any, root: Path) -> Any:
    other = copy(project)
    other.root = root
    return other


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in MEASURED}
    return [_timeless(v) for v in value] if isinstance(value, list) else value


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_text())
    except ValueError:
        return False
    return True
