"""A cell directory as a run of MLflow: parameters, tags and points of metrics. Reads files, knows no mlflow."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from autoloss import records
from autoloss.cells import finished
from autoloss.cells.finished import FinishedCell
from autoloss.cells.record import RECORD, CellRecord
from autoloss.errors import UserError
from autoloss.training.history import HISTORY, SELECTION
from autoloss.training.outcome import OUTCOME, TrainingOutcome

LAYOUT = "2"  # of what is written to MLflow; another number makes the next sync import every cell again
MAX_VALUE = 6000  # characters of a parameter; a tag may have 8000
MAX_KEY = 250
FILES = (RECORD, OUTCOME, HISTORY, SELECTION)  # those that the run is made from
# prefixes in MLflow, groups of metrics.json; a slash makes a section of its own in the chart view
_GROUPS = {"test_": "test", "best_valid_": "valid", "resources/": "cost"}
_PLACES = ("*", "cells/*", "timing/*/*")
_DESCRIBES = ("method", "model", "dataset", "seed", "kind", "scale", "training")
_OF_DATA = ("name", "sha256", "task", "n_classes")


class Point(NamedTuple):
    """One value of a metric: its name, the value, the time in ms since 1970, the training step."""

    key: str
    value: float
    time: int
    step: int


@dataclass(frozen=True)
class CellRun:
    """One cell.

    Attributes:
        cell: what its directory says.
        fingerprint: digest of its files and of the layout: a run that carries it is up to date.
    """

    cell: FinishedCell
    fingerprint: str

    @property
    def about(self) -> CellRecord:
        return self.cell.about

    @property
    def folder(self) -> Path:
        return self.cell.folder

    @property
    def id(self) -> str:
        return self.about.id

    @property
    def name(self) -> str:
        """The run's name: method · model · dataset · seed."""
        about, source = self.about, self.params.get("controller")
        name = f"{about.method} · {about.model} · {about.dataset} · seed {about.seed}"
        return f"{name} · from {source}" if source else name

    @property
    def end(self) -> int:
        """Milliseconds since 1970."""
        finished_at = datetime.fromisoformat(self.about.provenance.finished_at)
        # a time without a zone is read as UTC, so that the same cell gets the same time on every machine
        return int((finished_at if finished_at.tzinfo else finished_at.replace(tzinfo=UTC)).timestamp() * 1000)

    @property
    def start(self) -> int:
        """Milliseconds since 1970."""
        return self.end - int(1000 * self.cell.outcome.cost.seconds)

    @cached_property
    def params(self) -> dict[str, str]:
        """What the cell is, then its resolved hyperparameters with dotted names."""
        spec = records.to_json(self.about.spec)
        spec["data"] = {key: spec["data"][key] for key in _OF_DATA}
        described = {key: str(getattr(self.about, key)) for key in _DESCRIBES}
        source = self.about.upstream.get("controller")
        if source:  # without seed and digest, so that the seeds of a transfer group together
            described["controller"] = re.sub(r"-s\d+-[^-]*$", "", source)
        return {**{_key(k): v[:MAX_VALUE] for k, v in _flat(spec)}, **described}

    @property
    def tags(self) -> dict[str, str]:
        """What identifies the cell and where it came from."""
        origin, outcome = self.about.provenance, self.cell.outcome
        alarms = {a for e in self.cell.history for a in _strings(e.learning.get("alarms"))}
        tags = {
            "cell.id": self.id,
            "hardware": origin.hardware.id,
            **{f"hardware.{k}": getattr(origin.hardware, k) for k in ("cpu", "cores", "gpu")},
            **{f"version.{k}": origin.versions.get(k) for k in ("python", "torch")},
            **{f"upstream.{role}": cell for role, cell in self.about.upstream.items()},
            "finished_at": origin.finished_at,
            "git_commit": origin.git_commit,
            "mlflow.source.git.commit": origin.git_commit,  # the UI's column "Version"
            "mlflow.source.name": origin.command,
            "mlflow.source.type": "LOCAL",
            "stopped": outcome.stopped if isinstance(outcome, TrainingOutcome) else None,
            "alarms": ", ".join(sorted(alarms)),
        }
        return {_key(k): str(v)[:MAX_VALUE] for k, v in tags.items() if v not in (None, "")}

    @property
    def finals(self) -> dict[str, float]:
        """The metrics with one value: test and best validation metrics, and what they cost."""
        content = records.to_json(self.cell.outcome)
        groups = {"": content}  # what is not in a group: best_step, best_epoch, steps, epochs
        groups |= {prefix: content.get(name, {}) for prefix, name in _GROUPS.items()}
        named = {f"{prefix}{k}": v for prefix, group in groups.items() for k, v in group.items()}
        return {_key(k): float(v) for k, v in named.items() if _is_number(v)}

    def points(self) -> Iterator[Point]:
        """Every value of every metric. Those with one value have step 0: the UI then draws bars, not lines."""
        for event in self.cell.history:
            time = self.start + int(1000 * event.seconds)
            values = {"train_loss": event.train_loss}
            values |= {f"valid_{k}": v for k, v in event.valid.items()}
            values |= {f"selection/{k}": v for k, v in event.learning.items()}
            for key, value in _numbers(values):
                yield Point(_key(key), value, time, event.step)
        for key, value in self.finals.items():
            yield Point(key, value, self.end, 0)


def folders(cells_root: Path) -> list[Path]:
    """The complete cell directories of `results` (cells, and timings of any machine) or of `results/cells`, sorted."""
    found = [file.parent for place in _PLACES for file in cells_root.glob(f"{place}/{RECORD}")]
    return sorted(folder for folder in found if (folder / OUTCOME).is_file())


def read(folder: Path) -> CellRun:
    """The run of a cell directory.

    Raises:
        UserError: a file is missing, damaged or of another version; the message names it.
    """
    digest = hashlib.sha256(LAYOUT.encode())
    try:
        for name in FILES:
            content = (folder / name).read_bytes() if (folder / name).exists() else b""
            digest.update(len(content).to_bytes(8, "big") + content)
    except OSError as error:
        raise UserError(f"{folder}: cannot be read ({error.strerror})") from None
    run = CellRun(finished.read(folder), digest.hexdigest()[:16])
    try:
        _ = run.tags, run.name, run.cell.selection, list(run.points())  # fails here, before anything is written
    except ValueError as error:  # a time that is none
        raise UserError(f"{folder}: {error}") from None
    return run


def _key(key: str) -> str:
    """A name that MLflow allows."""
    return re.sub(r"[^\w\-. /]", "_", key).strip("/. ")[:MAX_KEY]


def _strings(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _numbers(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """The numbers among nested values, with their path as name; NaN is a number, None is not."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{key}/")
        elif _is_number(value):
            yield f"{prefix}{key}", float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flat(spec: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested parameters with dotted names: `model.dim` for what stands in model → params → dim."""
    for key, value in spec.items():
        if isinstance(value, dict):
            yield from _flat(value, prefix if key == "params" else f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value)
