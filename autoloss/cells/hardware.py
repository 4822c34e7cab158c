"""Which machine this is, or measures, as timings need to know it."""

import hashlib
import json
import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from autoloss import records
from autoloss.cells import cluster, gpu


@dataclass(frozen=True)
class Hardware:
    """A machine.

    Attributes:
        id: `hw-` and ten hexadecimal digits of a digest of the rest.
        cpu: its model. cores: logical cores. gpu: models; None for what trains on the processor.
        torch, python: their versions.
    """

    id: str
    cpu: str
    cores: int | None
    gpu: str | None
    torch: str
    python: str


def describe(device: str) -> Hardware:
    """This machine, as it trains on `device` (auto, cpu or cuda): timings of both devices lie side by side.

    Call it outside the jobs, in which Snakemake sets thread counts.
    """
    about = {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "gpu": _gpu_for(device),
        "torch": version("torch"),
        "python": platform.python_version(),
    }
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    return Hardware(f"hw-{digest[:10]}", **about)


def write(path: Path, device: str) -> Hardware:
    """Writes the description of the machine that timings are measured on, and returns it.

    With a cluster's profile that is a node, which is asked by a job of its own.

    Raises:
        UserError: the cluster does not run that job.
    """
    if command := cluster.on_a_node():
        cluster.run([*command, sys.executable, "-m", "autoloss", "hardware", "--out", str(path)])
        return records.read(Hardware, path)
    about = describe(device)
    records.write(about, path)
    return about


def measuring(root: Path, device: str) -> str:
    """Id of the machine that timings are measured on: this one, or the node that `autoloss hardware` has asked."""
    asked = root / "results" / "hardware.json"
    if cluster.on_a_node() and asked.is_file():
        return records.read(Hardware, asked).id
    return describe(device).id


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _gpu_for(device: str) -> str | None:
    if device == "cuda":
        return _gpu() or "unknown"
    return _gpu() if gpu.usable(device) else None


def _gpu() -> str | None:
    """The names of the GPUs, without importing torch."""
    found = [file.read_text() for file in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))]
    names = [line.split(":", 1)[1].strip() for text in found for line in text.splitlines() if line.startswith("Model")]
    return ", ".join(names) or None
