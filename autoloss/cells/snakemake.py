"""Snakemake as a child process: started, watched, and stopped with all of its jobs when its parent ends early."""

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

    Whatever error ends this early, ends the jobs first.

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
    announcer = Announcer(missing, root, console)
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
    except BaseException:  # the reader of the lines has gone, say: nothing may train on unseen, and hold the lock
        _stop(process, console)
        raise


def _stop(process: subprocess.Popen[bytes], console: Console) -> None:
    try:
        _signal(process, signal.SIGINT)
        with suppress(OSError, SystemExit):  # a terminal or a reader that has gone
            console.print("stopping: each job ends at its next step, with a checkpoint; Ctrl-C again ends them at once")
        process.wait()
    except Interrupted:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.killpg(process.pid, number)
