"""Processes that train a few steps whenever they are told to, so that several can take turns."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from typing import IO

import psutil

from benchmarks._processes import busy, processors


@dataclass(frozen=True)
class Turn:
    """What a step took in one turn: seconds of wall clock and of the processor, and bytes resident at most so far."""

    seconds: float
    cpu: float
    peak: int


class Trainer:
    """A process that trains a few steps whenever it is told to.

    Args:
        command: that starts it.

    Raises:
        SystemExit: it ended by itself.
    """

    def __init__(self, command: list[str]):
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._taken()  # the first turn, unasked, warms up

    def next(self) -> Turn:
        """One turn."""
        _pipe(self.process.stdin).write("\n")
        _pipe(self.process.stdin).flush()
        return self._taken()

    def _taken(self) -> Turn:
        line = _pipe(self.process.stdout).readline()
        if not line:
            raise SystemExit(f"{' '.join(self.command)}: ended with status {self.process.wait()}")
        return Turn(**json.loads(line))

    def end(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()


def beside_others(trainer: Trainer) -> tuple[Turn, float]:
    """A turn, and the share of all processors that other processes used meanwhile."""
    child, own = psutil.Process(trainer.process.pid), psutil.Process(os.getpid())
    before, ours, begin = psutil.cpu_times(), _worked(child) + _worked(own), time.perf_counter()
    turn = trainer.next()
    wall, ours = time.perf_counter() - begin, _worked(child) + _worked(own) - ours
    return turn, max(0.0, busy(before, psutil.cpu_times()) - ours) / (wall * processors())


def _worked(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _pipe(found: IO[str] | None) -> IO[str]:
    assert found is not None, "a trainer is started with pipes"
    return found
