"""A GPU for each job: the jobs of one machine share its GPUs by kernel locks, which end with the process."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

from autoloss.files import Locked, lock

VISIBLE = "CUDA_VISIBLE_DEVICES"
_DRIVER = Path("/proc/driver/nvidia/gpus")
_WAIT_SECONDS = 0.5


@contextmanager
def slot(device: str, slots: int) -> Iterator[None]:
    """Inside, CUDA sees one GPU, on which at most `slots` jobs of this user train at once; waits until there is one.

    Nothing happens on the processor, or where no GPU can be used. To be entered before torch starts CUDA.

    Args:
        device: auto, cpu or cuda.
        slots: jobs that share a GPU.
    """
    gpus = usable(device)
    if not gpus:
        yield
        return
    before = os.environ.get(VISIBLE)
    with ExitStack() as held:
        gpu = _taken(gpus, slots, held)
        os.environ[VISIBLE] = gpu
        try:
            yield
        finally:
            os.environ.pop(VISIBLE)
            if before is not None:
                os.environ[VISIBLE] = before


def usable(device: str) -> list[str]:
    """The visible GPUs on which a job trains; none with `cpu`, and with `auto` none if torch is built without them."""
    return visible() if device == "cuda" or (device == "auto" and torch_knows_gpus()) else []


@cache
def torch_knows_gpus() -> bool:
    """Whether torch is built for GPUs: its version.py says so, and torch need not be imported, which takes seconds."""
    found = find_spec("torch")
    if found is None or found.origin is None:
        return False
    built = run_path(str(Path(found.origin).with_name("version.py")))
    return any(built.get(kind) is not None for kind in ("cuda", "hip"))


def visible() -> list[str]:
    """The GPUs that this process may use: those it was given, or all that the driver lists (torch is not imported)."""
    given = os.environ.get(VISIBLE)
    if given is not None:
        return [gpu.strip() for gpu in given.split(",") if gpu.strip() and gpu.strip() != "-1"]
    return [str(number) for number in range(len(list(_DRIVER.glob("*"))))]


def _taken(gpus: list[str], slots: int, held: ExitStack) -> str:
    """A GPU with a free slot, whose lock is entered into `held`; a GPU gets its second job when all have one."""
    folder = Path(tempfile.gettempdir()) / f"autoloss-{os.getuid()}"
    while True:
        for number in range(slots):
            for gpu in gpus:
                with suppress(Locked):
                    held.enter_context(lock(folder / f"gpu-{gpu}-slot-{number}.lock", wait=False))
                    return gpu
        time.sleep(_WAIT_SECONDS)
