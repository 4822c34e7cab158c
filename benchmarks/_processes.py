"""Time and memory of a command and its children, and how busy the machine was with anything else."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Run:
    """One run of a command.

    Attributes:
        output: the last line it printed.
        cpu: processor seconds of the process and its children.
        peak: the most bytes that were resident of them together.
        others: share of all processors that other processes used meanwhile.
    """

    output: str
    cpu: float
    peak: int
    others: float


def measured(command: list[str], out: Path) -> Run:
    """Runs `command`, whose output folder `out` is removed before and after; its errors go to `out`.log."""
    shutil.rmtree(out, ignore_errors=True)
    before, begin = psutil.cpu_times(), time.perf_counter()
    log, printed = out.with_suffix(".log"), out.with_suffix(".txt")
    with log.open("w") as errors, printed.open("w") as file:
        child = psutil.Popen(command, stdout=file, stderr=errors)
        peak, cpu = 0, {}
        while child.poll() is None:
            peak = max(peak, _look(child, cpu))
            time.sleep(0.05)
    wall, after = time.perf_counter() - begin, psutil.cpu_times()
    shutil.rmtree(out, ignore_errors=True)
    if child.returncode:
        raise SystemExit(f"{command[1]}: exit status {child.returncode}: {log.read_text()[-500:]}")
    others = max(0.0, busy(before, after) - sum(cpu.values())) / (wall * processors())
    return Run(printed.read_text().splitlines()[-1], sum(cpu.values()), peak, others)


def busy(before: object, after: object) -> float:
    """Processor seconds that all processes used between two readings of psutil.cpu_times()."""
    names = [name for name in ("user", "system", "nice", "steal") if hasattr(after, name)]
    return sum(getattr(after, name) - getattr(before, name) for name in names)


def processors() -> int:
    """Processors of this machine."""
    return psutil.cpu_count() or 1


def _look(process: psutil.Process, cpu: dict[int, float]) -> int:
    """Bytes now resident of a process and its descendants; their processor seconds so far go to `cpu`."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            with one.oneshot():
                total += one.memory_info().rss
                times = one.cpu_times()
                cpu[one.pid] = times.user + times.system
    except psutil.NoSuchProcess:
        pass
    return total
