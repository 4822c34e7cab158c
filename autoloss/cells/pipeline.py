"""The command of a cell stage: everything that is missing, through Snakemake, under one lock."""

import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from autoloss.cells import archive, hardware
from autoloss.cells.cell import Cell, error, state
from autoloss.cells.jobs import jobs
from autoloss.cells.plan import plan
from autoloss.cells.progress import Announcer
from autoloss.config import Config
from autoloss.errors import UserError
from autoloss.files import lock

STAGES = ("quality", "timing")


def run_stage(stage: str, config: Config, root: Path, console: Console) -> dict[str, str]:
    """Trains the missing cells of a stage.

    Args:
        stage: quality (results do not depend on the machine) or timing (they do).
        config, root: the parameters and the project's folder.
        console: gets a line per finished cell.

    Returns:
        Why each cell that is still not done is not, by its id.
    """
    # Snakemake inherits the lock: it is held for as long as this process or Snakemake lives
    with lock(
        root / "results" / ".lock",
        waiting=lambda: console.print("another run holds results/.lock: waiting for it to end"),
    ) as held:
        here = hardware.describe().id
        the_plan = plan(config, root, here)
        for line in archive.settle(the_plan.cells, root):
            console.print(line, highlight=False, markup=False)
        for folder in ("cells", "timing"):  # DVC expects what a stage has nothing to put into, too
            (root / "results" / folder).mkdir(exist_ok=True)
        wanted = [cell for cell in the_plan.cells if (cell.hardware is not None) == (stage == "timing")]
        missing = [cell for cell in wanted if state(cell, root) != "done"]
        console.print(
            f"{stage}: {len(wanted) - len(missing)} of {len(wanted)} cells are there, {len(missing)} to train"
        )
        logs = {cell.id: root / job.log for job in jobs(the_plan, config.cells_per_job, root) for cell in job.cells}
        if missing:
            for cell in missing:
                cell.failure(root).unlink(missing_ok=True)
            _snakemake(stage, missing, config, root, held, console)
        for line in archive.clear(the_plan, here, root):
            console.print(line, highlight=False, markup=False)
    return {cell.id: _reason(cell, logs[cell.id], root) for cell in missing if state(cell, root) != "done"}


def _reason(cell: Cell, log: Path, root: Path) -> str:
    """Why a cell is not done: its error, or what its job said last (killed, refused…)."""
    if why := error(cell, root):
        return why
    lines = [line for line in log.read_text().splitlines() if line.strip()] if log.is_file() else []
    return lines[-1] if lines else "did not run: what it waits for is not done, or it was killed"


def _snakemake(stage: str, missing: list[Cell], config: Config, root: Path, held: int, console: Console) -> None:
    logs = root / "logs"
    logs.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "snakemake", "--nolock", stage]
    # the console script `autoloss` of this environment is found by the jobs
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with (logs / f"snakemake-{stage}.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=root, stdout=log, stderr=subprocess.STDOUT, pass_fds=(held,), env={**os.environ, "PATH": path}
        )
        announcer = Announcer(missing, root, console)
        while process.poll() is None:
            announcer.look()
            time.sleep(0.5)
        announcer.look()
    if process.returncode and all(state(cell, root) == "missing" for cell in missing):
        tail = [line for line in Path(log.name).read_text().splitlines() if line.strip()][-1:]
        raise UserError(
            f"Snakemake ended with {process.returncode} before any cell was done; {log.name}: {' '.join(tail)}"
        )
