"""Trains finished cells once more, beside what is there, and says whether the same numbers come out."""

import json
import shutil
from pathlib import Path
from typing import Any

from autoloss.cells.cell import Cell
from autoloss.cells.run import alone, compute, log, one_line
from autoloss.errors import UserError


def rerun(cell: Cell, root: Path, device: str, threads: int) -> str:
    """Trains a cell that is done, from the start, in a place of its own; the result that is there stays.

    Args:
        cell, root, device, threads: as for `run.run`.

    Returns:
        A line: the numbers, which are the same.

    Raises:
        UserError: the numbers differ (which, and what is different here), or the training failed.
    """
    scratch = root / "results" / "scratch" / f"{cell.id}.rerun"
    with alone(scratch):
        try:
            for left in scratch.iterdir():  # by one that was interrupted: its checkpoint would be gone on from
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            with log(root / "logs" / "cells" / f"{cell.id}.rerun.log"):
                fresh = compute(cell, root, scratch, device, threads)
            then, now = (_numbers(folder) for folder in (cell.folder(root), fresh))
            others = _circumstances(cell.folder(root), fresh)
        except Exception as error:
            raise UserError(f"{cell.id}: rerun failed: {one_line(error)}") from error
        finally:
            shutil.rmtree(scratch)
    differing = [f"{k} {now.get(k)} instead of {then.get(k)}" for k in {**then, **now} if now.get(k) != then.get(k)]
    if differing:
        raise UserError(f"{cell.id}: rerun differs: {', '.join(differing)}; {others}")
    shown = [f"{name} {value}" for name, value in now.items() if name.startswith("test ")]
    return f"{cell.id}: rerun gives the same numbers: {', '.join(shown or map(str, now))}"


def _numbers(folder: Path) -> dict[str, Any]:
    """What is measured on data, by name; what it cost apart."""
    found = {}
    for name, value in _timeless(json.loads((folder / "metrics.json").read_text())).items():
        if name != "cost":
            found |= {f"{name} {k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
    return found


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k != "seconds"}
    return [_timeless(v) for v in value] if isinstance(value, list) else value


def _circumstances(then: Path, now: Path) -> str:
    """What is not as it was: versions, machine, device, threads."""
    before, after = (_flat(json.loads((folder / "cell.json").read_text())["provenance"]) for folder in (then, now))
    changed = [f"{k} {after.get(k)} instead of {before.get(k)}" for k in after if after.get(k) != before.get(k)]
    return "here " + ", ".join(changed) if changed else "the machine and its software are the same"


def _flat(provenance: dict[str, Any]) -> dict[str, Any]:
    kept = {k: provenance.get(k) for k in ("device", "threads")}
    return {**(provenance.get("versions") or {}), **kept, "machine": (provenance.get("hardware") or {}).get("id")}
