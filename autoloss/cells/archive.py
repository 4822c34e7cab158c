"""Cells that are no longer in the plan move to the archive and come back from it: flipping back retrains nothing."""

import os
from pathlib import Path

from autoloss.cells.cell import Cell
from autoloss.cells.plan import Plan


def restore(plan: Plan, root: Path) -> int:
    """Before a run: brings back what is planned again; returns how many."""
    wanted = [cell for cell in plan.cells if not cell.folder(root).exists() and _kept(cell, root).exists()]
    for cell in wanted:
        cell.folder(root).parent.mkdir(parents=True, exist_ok=True)
        os.replace(_kept(cell, root), cell.folder(root))
    return len(wanted)


def clear(plan: Plan, hardware: str, root: Path) -> int:
    """After a run: puts away what is not planned (timings of other machines stay); returns how many.

    Folders without a result, which Snakemake makes for its jobs, are removed.
    """
    planned = {cell.id for cell in plan.cells}
    moved = 0
    for parent in (root / "results" / "cells", root / "results" / "timing" / hardware):
        for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
            if not (folder / "metrics.json").is_file():
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
            elif folder.name not in planned:
                archive = root / "results" / "archive"
                archive.mkdir(parents=True, exist_ok=True)
                os.replace(folder, archive / folder.name)
                moved += 1
    for failure in (root / "results" / "failed").glob("*.json"):
        if failure.stem not in planned:
            failure.unlink()
    return moved


def _kept(cell: Cell, root: Path) -> Path:
    return root / "results" / "archive" / cell.id
