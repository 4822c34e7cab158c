"""Which machine this is, as timings need to know it."""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autoloss.files import write_json


def describe() -> dict[str, Any]:
    """CPU, cores, GPU, torch and python versions, and an id made of them (`hw-` and ten hex digits).

    Taken once, outside the jobs: Snakemake sets thread counts inside them.
    """
    about = {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "gpu": _gpu(),
        "torch": version("torch"),
        "python": platform.python_version(),
    }
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    return {"id": f"hw-{digest[:10]}", **about}


def write(path: Path) -> dict[str, Any]:
    """`describe()`, left at `path` for the timing jobs."""
    about = describe()
    write_json(path, about)
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
