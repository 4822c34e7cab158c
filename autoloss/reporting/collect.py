"""Cells → results: reads what the cells of a plan left on disk. Failed and missing ones come too."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autoloss import cells
from autoloss.cells import Cell, Plan
from autoloss.config import Config
from autoloss.reporting.results import Result


def collect(config: Config, plan: Plan, root: Path = Path(".")) -> list[Result]:
    """One result per experiment and cell, in the order of params.yaml.

    Args:
        config: validated parameters (its scale is stamped on every result).
        plan: the cells; those of `plan.experiments` are collected.
        root: the project's folder.
    """
    return [_result(cell, name, config, root) for name, listed in plan.experiments.items() for cell in listed]


def upstream(config: Config, plan: Plan, root: Path = Path(".")) -> list[Result]:
    """The cells that no experiment lists: searches, tuning, and controllers' sources. Their `experiment` is empty."""
    listed = {cell.id for cells_ in plan.experiments.values() for cell in cells_}
    return [_result(cell, "", config, root) for cell in plan.cells if cell.id not in listed]


def history(result: Result) -> list[dict[str, Any]]:
    """The evaluations of a training in order of step; empty where there are none.

    A last line that was cut off by a crash is left out.
    """
    return list(_lines(result.folder / "history.jsonl")) if result.folder else []


def artifact(result: Result, name: str) -> dict[str, Any] | None:
    """A json file of a cell (`cell.json`, `selection.json`), or None where there is none or it cannot be read."""
    return _read(result.folder / name) if result.folder else None


def _result(cell: Cell, experiment: str, config: Config, root: Path) -> Result:
    state, error, folder = cells.state(cell, root), cells.error(cell, root), cell.folder(root)
    metrics = _read(folder / "metrics.json") if state == "done" else None
    if state == "done" and not _complete(metrics):
        state, error, metrics = "failed", f"{folder / 'metrics.json'} is not the json of a finished cell", None
    elif state == "missing" and error:
        state = "failed"  # it waits in vain for an upstream cell that failed
    provenance = (_read(folder / "cell.json") or {}).get("provenance") or {} if metrics else {}
    source = cell.upstream.get("controller")
    learned = (source.dataset, source.model) if source else None
    return Result(
        cell_id=cell.id,
        experiment=experiment,
        kind=cell.kind,
        scale=config.scale,
        dataset=cell.dataset,
        model=cell.model,
        method=cell.method,
        training=cell.training,
        seed=cell.seed,
        state=state,
        test=_numbers(metrics.get("test")) if metrics else None,
        valid=_numbers(metrics.get("valid")) if metrics else None,
        cost=dict(metrics.get("cost") or {}, **_extent(metrics)) if metrics else None,
        folder=folder if folder.is_dir() else None,
        error=None if state == "done" else error,
        params=dict((cell.spec.get("method") or {}).get("params") or {}),
        transfer_from=None if learned == (cell.dataset, cell.model) else learned,
        hardware=(provenance.get("hardware") or {}).get("id") or cell.hardware,
    )


def _complete(metrics: dict[str, Any] | None) -> bool:
    return metrics is not None and isinstance(metrics.get("test") or {}, dict)


def _extent(metrics: dict[str, Any]) -> dict[str, Any]:
    """How far the training went, beside what it cost."""
    return {k: metrics[k] for k in ("steps", "epochs", "best_step", "best_epoch", "stopped") if k in metrics}


def _numbers(values: dict[str, Any] | None) -> dict[str, float]:
    """The metrics that are numbers; a null (json has no NaN) becomes NaN."""
    found = {k: math.nan if v is None else v for k, v in (values or {}).items()}
    return {k: float(v) for k, v in found.items() if isinstance(v, int | float)}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text()
    except OSError:
        return
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return
