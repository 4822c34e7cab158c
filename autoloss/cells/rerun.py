"""Trains a finished cell once more, beside its result, and says whether the same numbers come out."""

import shutil
from pathlib import Path
from typing import Any

from autoloss import records
from autoloss.cells import archive
from autoloss.cells.cell import Cell
from autoloss.cells.record import RECORD, CellRecord, Provenance
from autoloss.cells.run import compute, log, one_line
from autoloss.errors import UserError
from autoloss.training.outcome import KINDS, OUTCOME, Outcome


def rerun(cell: Cell, root: Path, device: str, threads: int) -> str:
    """Trains a cell that is done from the start, in a folder of its own; the existing result stays.

    Args:
        cell, root, device, threads: as for `run.run`.

    Returns:
        One line with the numbers, which are the same.

    Raises:
        UserError: the numbers differ (which, and what else differs), or training failed.
    """
    with archive.alone(root, f"{cell.id}.rerun") as scratch:
        try:
            _empty(scratch)  # training would resume from the checkpoint of an interrupted rerun
            with log(root / "logs" / "cells" / f"{cell.id}.rerun.log"):
                fresh = compute(cell, root, scratch, device, threads)
            then, now = (_numbers(records.read(KINDS[cell.kind], f / OUTCOME)) for f in (cell.folder(root), fresh))
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


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _numbers(outcome: Outcome) -> dict[str, Any]:
    """What is measured on data, by name; what it cost aside."""
    found: dict[str, Any] = {}
    for name, value in _timeless(records.to_json(outcome)).items():
        if name != "cost":
            found |= {f"{name} {k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
    return found


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k != "seconds"}
    return [_timeless(v) for v in value] if isinstance(value, list) else value


def _circumstances(then: Path, now: Path) -> str:
    """What else differs: versions, machine, device, threads."""
    before, after = (_flat(records.read(CellRecord, folder / RECORD).provenance) for folder in (then, now))
    changed = [f"{k} {after[k]} instead of {before.get(k)}" for k in after if after[k] != before.get(k)]
    return "here " + ", ".join(changed) if changed else "the machine and its software are the same"


def _flat(origin: Provenance) -> dict[str, str]:
    return {
        **origin.versions,
        "device": origin.device,
        "threads": str(origin.threads),
        "machine": origin.hardware.id,
    }
