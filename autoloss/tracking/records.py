"""A cell directory as MLflow sees it: parameters, tags and points of metrics. Reads files, knows no mlflow."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from autoloss.errors import UserError

LAYOUT = "1"  # of what is written to MLflow; another number makes the next sync import every cell anew
MAX_VALUE = 6000  # characters of a parameter; a tag may have 8000
MAX_KEY = 250
FILES = ("cell.json", "metrics.json", "history.jsonl", "selection.json")  # those that the run is made from
# names in MLflow, groups of metrics.json; what has a slash gets a section of its own in the chart view
_GROUPS = {"test_": "test", "best_valid_": "valid", "resources/": "cost"}
_PLACES = ("*", "cells/*", "timing/*/*")
_DESCRIBES = ("method", "model", "dataset", "seed", "kind", "scale", "training")


class Point(NamedTuple):
    """One value of a metric: its name, the value, the time in ms since 1970, the training step."""

    key: str
    value: float
    time: int
    step: int


@dataclass(frozen=True)
class Record:
    """One cell: its directory and what the files in it say."""

    folder: Path
    cell: dict[str, Any]
    metrics: dict[str, Any]
    history: list[dict[str, Any]]
    selection: dict[str, Any] | None
    fingerprint: str  # of the files and the layout: a run that carries it is up to date

    @property
    def id(self) -> str:
        return self.cell["id"]

    @property
    def name(self) -> str:
        """The run's name, readable: method · model · dataset · seed."""
        cell, source = self.cell, self.params.get("controller")
        name = f"{cell['method']} · {cell['model']} · {cell['dataset']} · seed {cell['seed']}"
        return f"{name} · from {source}" if source else name

    @property
    def end(self) -> int:
        """Milliseconds since 1970."""
        finished = datetime.fromisoformat(self.cell["provenance"]["finished_at"])
        # a time without a zone is read as UTC, so that the same cell gets the same time on every machine
        return int((finished if finished.tzinfo else finished.replace(tzinfo=UTC)).timestamp() * 1000)

    @property
    def start(self) -> int:
        """Milliseconds since 1970."""
        return self.end - int(1000 * self.metrics.get("cost", {}).get("seconds", 0))

    @cached_property
    def params(self) -> dict[str, str]:
        """What the cell is, then its resolved hyperparameters with dotted names."""
        spec = self.cell["spec"]
        described = {key: self.cell.get(key, spec.get(key)) for key in _DESCRIBES}
        source = self.cell.get("upstream", {}).get("controller")
        if source:  # without seed and digest, so that the seeds of a transfer group together
            described["controller"] = re.sub(r"-s\d+-[^-]*$", "", source)
        plain = {k: str(v) for k, v in described.items() if v is not None and not isinstance(v, dict)}
        return {**{_key(k): v[:MAX_VALUE] for k, v in _flat(spec)}, **plain}

    @property
    def tags(self) -> dict[str, str]:
        """What identifies the cell and where it came from."""
        provenance = self.cell["provenance"]
        hardware, versions = provenance.get("hardware", {}), provenance.get("versions", {})
        tags = {
            "cell.id": self.id,
            "hardware": hardware.get("id"),
            **{f"hardware.{k}": hardware.get(k) for k in ("cpu", "cores", "gpu")},
            **{f"version.{k}": versions.get(k) for k in ("python", "torch")},
            **{f"upstream.{role}": cell for role, cell in self.cell.get("upstream", {}).items()},
            "finished_at": provenance["finished_at"],
            "git_commit": provenance.get("git_commit"),
            "mlflow.source.git.commit": provenance.get("git_commit"),  # the UI's column "Version"
            "mlflow.source.name": provenance.get("command"),
            "mlflow.source.type": "LOCAL",
            "stopped": self.metrics.get("stopped"),
            "alarms": ", ".join(sorted({a for e in self.history for a in e.get("learning", {}).get("alarms", [])})),
        }
        return {_key(k): str(v)[:MAX_VALUE] for k, v in tags.items() if v not in (None, "")}

    @property
    def finals(self) -> dict[str, float]:
        """The metrics with one value: test and best validation metrics, and what they cost."""
        groups = {"": self.metrics}  # what stands on its own: best_step, best_epoch, steps, epochs
        groups |= {prefix: self.metrics.get(name, {}) for prefix, name in _GROUPS.items()}
        named = {f"{prefix}{k}": v for prefix, group in groups.items() for k, v in group.items()}
        return {_key(k): float(v) for k, v in named.items() if _is_number(v)}

    def points(self) -> Iterator[Point]:
        """Every value of every metric. Those with one value have step 0: the UI then draws bars, not lines."""
        for event in self.history:
            time = self.start + int(1000 * event["seconds"])
            values = [("train_loss", event.get("train_loss"))]
            values += [(f"valid_{k}", v) for k, v in event.get("valid", {}).items()]
            values += [(f"selection/{k}", v) for k, v in event.get("learning", {}).items()]
            for key, value in _numbers(dict(values)):
                yield Point(_key(key), value, time, int(event["step"]))
        for key, value in self.finals.items():
            yield Point(key, value, self.end, 0)
        for key, value in self.metrics.get("cost", {}).items():
            if isinstance(value, list):  # one value per epoch
                yield from (Point(_key(f"resources/{key}"), float(v), self.end, i) for i, v in enumerate(value))


def folders(cells_root: Path) -> list[Path]:
    """The complete cell directories of `results` (cells, and timings of any machine) or of `results/cells`, sorted."""
    found = [file.parent for place in _PLACES for file in cells_root.glob(f"{place}/cell.json")]
    return sorted(folder for folder in found if (folder / "metrics.json").is_file())


def read(folder: Path) -> Record:
    """The record of a cell directory.

    Raises:
        UserError: a file is missing, not JSON, or lacks what every cell has; the message names it.
    """
    texts, digest = {}, hashlib.sha256(LAYOUT.encode())
    try:
        for name in FILES:
            texts[name] = (folder / name).read_bytes() if (folder / name).exists() else b""
            digest.update(len(texts[name]).to_bytes(8, "big") + texts[name])
        history = [json.loads(line) for line in texts["history.jsonl"].splitlines() if line.strip()]
        cell, metrics = json.loads(texts["cell.json"]), json.loads(texts["metrics.json"])
        selection = json.loads(texts["selection.json"] or "null")
        record = Record(folder, cell, metrics, history, selection, digest.hexdigest()[:16])
        _ = record.tags, record.name, list(record.points())  # what can fail fails here, before anything is written
    except OSError as error:
        raise UserError(f"{folder}: cannot be read ({error.strerror})") from None
    except KeyError as error:
        raise UserError(f"{folder}: cell.json, metrics.json or history.jsonl lacks {error}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{folder}: not the files of a cell ({error})") from None
    return record


def _key(key: str) -> str:
    """A name that MLflow allows."""
    return re.sub(r"[^\w\-. /]", "_", key).strip("/. ")[:MAX_KEY]


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
        else:
            yield f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value)
