"""Snakemake as a child process: started, watched, and stopped by Ctrl-C with all of its jobs."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from autoloss.cells.cell import Cell, state
from autoloss.cells.progress import Announcer
from autoloss.errors import Interrupted

_LOOK = 0.5  # seconds between two looks at what has finished


def log(stage: str, root: Path) -> Path:
    """What Snakemake prints."""
    return root / "logs" / f"snakemake-{stage}.log"


def run(stage: str, missing: list[Cell], root: Path, held: int, console: Console) -> None:
    """Lets Snakemake make a stage, and announces each cell that it finishes.

    Args:
        stage: the rule.
        missing: the cells that it is to train.
        root: the project's folder.
        held: descriptor of the lock that Snakemake is to hold as well.
        console: where the lines go.

    Raises:
        Interrupted: by Ctrl-C. The first one lets the jobs end at their next step; a second one kills them.
    """
    (root / "logs").mkdir(exist_ok=True)
    # the console script `autoloss` of this environment is found by the jobs
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with log(stage, root).open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--nolock", stage],
            cwd=root,
            stdout=file,
            stderr=subprocess.STDOUT,
            pass_fds=(held,),
            env={**os.environ, "PATH": path},
            process_group=0,  # a terminal's Ctrl-C reaches this process alone, which passes it on once
        )
    announcer = Announcer(missing, root, console)
    try:
        while process.poll() is None:
            announcer.look()
            time.sleep(_LOOK)
        announcer.look()
    except Interrupted:
        _stop(process, console)
        left = sum(state(cell, root) != "done" for cell in missing)
        raise Interrupted(
            f"interrupted: {left} of {len(missing)} cells are left; the same command goes on from their checkpoints"
        ) from None


def _stop(process: subprocess.Popen[bytes], console: Console) -> None:
    os.killpg(process.pid, signal.SIGINT)
    with suppress(OSError):  # a terminal that was closed
        console.print("stopping: each job ends at its next step, with a checkpoint; Ctrl-C again ends them at once")
    try:
        process.wait()
    except Interrupted:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
