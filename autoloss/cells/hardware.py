"""Which machine this is, as timings need to know it."""

import hashlib
import json
import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from autoloss import records


@dataclass(frozen=True)
class Hardware:
    """A machine.

    Attributes:
        id: `hw-` and ten hexadecimal digits of a digest of the rest.
        cpu: its model. cores: logical cores. gpu: models, or None.
        torch, python: their versions.
    """

    id: str
    cpu: str
    cores: int | None
    gpu: str | None
    torch: str
    python: str


def describe() -> Hardware:
    """This machine. Call it outside the jobs, in which Snakemake sets thread counts."""
    about = {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "gpu": _gpu(),
        "torch": version("torch"),
        "python": platform.python_version(),
    }
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    return Hardware(f"hw-{digest[:10]}", **about)


def write(path: Path) -> Hardware:
    """Writes `describe()` to `path` and returns it."""
    about = describe()
    records.write(about, path)
    return about


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _gpu() -> str | None:
    """The names of the GPUs, without importing torch."""
    found = [file.read_text() for file in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))]
    names = [line.split(":", 1)[1].strip() for text in found for line in text.splitlines() if line.startswith("Model")]
    return ", ".join(names) or None
