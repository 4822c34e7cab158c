"""How far the training of a cell is, from the record that it leaves in its scratch folder; in words."""

import math
import time
from pathlib import Path

from autoloss import records
from autoloss.cells.cell import Cell
from autoloss.errors import UserError
from autoloss.training.pace import PACE, SECONDS, Pace

FRESH = 30  # reports that a training run may miss, in an evaluation for example, before it counts as interrupted


def read_pace(cell: Cell, root: Path) -> Pace | None:
    """How far the training of a cell is, if it has reported lately."""
    return _read(root / "results" / "scratch" / cell.id / PACE)


def last_pace(cell: Cell, root: Path) -> Pace | None:
    """How far the training of a cell was when it last reported, however long ago; None where it has not, or failed."""
    path = root / "results" / "scratch" / cell.id / PACE
    return None if _has_failed(path) else _read(path, within=math.inf)


def paces(scratch: Path) -> dict[str, Pace]:
    """By cell id, how far the trainings are that have reported lately.

    Args:
        scratch: the folder `results/scratch` of a project.
    """
    found = {path.parent.name: _read(path) for path in sorted(scratch.glob(f"*/{PACE}")) if not _has_failed(path)}
    return {id: pace for id, pace in found.items() if pace}


def _has_failed(path: Path) -> bool:
    """Whether the training has failed since it reported: its scratch folder stays."""
    failure = path.parents[2] / "failed" / f"{path.parent.name}.json"
    try:
        return failure.stat().st_mtime >= path.stat().st_mtime
    except OSError:  # no failure, or it has just finished
        return False


def _read(path: Path, within: float = FRESH * SECONDS) -> Pace | None:
    try:
        recent = time.time() - path.stat().st_mtime < within
        return records.read(Pace, path) if recent else None
    except (OSError, UserError):  # it has just finished
        return None


def pace_line(pace: Pace) -> str:
    """How far a training run is, in words."""
    run = f"run {pace.run}, " if pace.run > 1 else ""
    values = "" if pace.newest is None else f", validation {pace.metric} {pace.newest:.4f}, best {pace.best:.4f}"
    return (
        f"{run}step {pace.step:,} of at most {pace.last_step:,} ({pace.step / pace.last_step:.0%}), "
        f"{pace.examples_per_second:,.0f} examples/s{values}; at most {duration(pace.seconds_left)} left"
    )


def duration(seconds: float) -> str:
    """A duration in words: 12 s, 3 min, 2 h 10 min."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
