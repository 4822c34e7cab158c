"""The command of a cell stage: everything that is missing, through Snakemake, under one lock."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from autoloss import disk
from autoloss.cells import archive, hardware, snakemake
from autoloss.cells.cell import Cell, error, state
from autoloss.cells.jobs import jobs
from autoloss.cells.plan import Plan, plan
from autoloss.config import Config
from autoloss.files import lock

_NO_ROOM = 1_000_000  # bytes: with less, logs are cut off, too
STAGES = ("quality", "timing")


@dataclass(frozen=True)
class Undone:
    """The cells that a run did not finish, each with the reason.

    Attributes:
        failed: those whose training said why, and those that build on them.
        missing: those that did not come to an end: killed, cancelled, never started.
    """

    failed: dict[str, str]
    missing: dict[str, str]


def run_stage(stage: str, config: Config, root: Path, console: Console) -> Undone:
    """Trains the missing cells of a stage.

    Args:
        stage: quality (results do not depend on the machine) or timing (they do).
        config, root: the parameters and the project's folder.
        console: gets a line per finished cell.

    Raises:
        Interrupted: by Ctrl-C; the jobs have ended, with checkpoints.
    """
    # Snakemake inherits the lock: it is held for as long as this process or Snakemake lives
    with lock(
        root / "results" / ".lock",
        waiting=lambda: console.print("another run holds results/.lock: waiting for it to end"),
    ) as held:
        here = hardware.measuring(root, config.device)
        the_plan, grown = plan(config, root, here), True
        logs: dict[str, Path] = {}
        while grown:  # seeds that are added until a comparison is decided depend on the cells that are there
            logs |= _train(stage, the_plan, config.cells_per_job, root, held, console)
            before, the_plan = the_plan, plan(config, root, here)
            if grown := len(the_plan.cells) > len(before.cells):
                more = len(the_plan.cells) - len(before.cells)
                console.print(f"comparisons are open: more seeds, {more} cells", highlight=False)
        for line in archive.clear(the_plan, here, root):
            console.print(line, highlight=False, markup=False)
    undone = [cell for cell in _of(stage, the_plan) if state(cell, root) != "done"]
    failed = {cell.id: why for cell in undone if (why := error(cell, root))}
    return Undone(
        failed, {cell.id: _last_words(stage, logs[cell.id], root) for cell in undone if cell.id not in failed}
    )


def _of(stage: str, the_plan: Plan) -> list[Cell]:
    return [cell for cell in the_plan.cells if (cell.hardware is not None) == (stage == "timing")]


def _train(stage: str, the_plan: Plan, cells_per_job: int, root: Path, held: int, console: Console) -> dict[str, Path]:
    """Trains what is missing of a stage, as its plan is now; returns the job's log of each such cell."""
    for line in archive.settle(the_plan.cells, root):
        console.print(line, highlight=False, markup=False)
    for folder in ("cells", "timing"):  # DVC expects what a stage has nothing to put into, too
        (root / "results" / folder).mkdir(exist_ok=True)
    wanted = _of(stage, the_plan)
    missing = [cell for cell in wanted if state(cell, root) != "done"]
    console.print(f"{stage}: {len(wanted) - len(missing)} of {len(wanted)} cells are there, {len(missing)} to train")
    logs = {cell.id: root / job.log for job in jobs(the_plan, cells_per_job, root) for cell in job.cells}
    if missing:
        for cell in missing:
            cell.failure(root).unlink(missing_ok=True)
        snakemake.run(stage, missing, root, held, console)
    return logs


def _last_words(stage: str, job: Path, root: Path) -> str:
    """Why a cell is missing: what its job said last (killed, refused, …), or else Snakemake."""
    if shutil.disk_usage(root).free < _NO_ROOM:
        return disk.FULL
    for log in (job, snakemake.log(stage, root)):
        lines = [line for line in log.read_text().splitlines() if line.strip()] if log.is_file() else []
        if lines:
            return f"{lines[-1].strip()} ({log.relative_to(root)})"
    return "its job was killed before it wrote anything"
