"""The memory and the disk that a cell needs, and whether this machine has them: asked before a cell starts."""

import shutil
from contextlib import suppress
from pathlib import Path

from autoloss import registry
from autoloss.cells.cell import Cell
from autoloss.disk import size
from autoloss.errors import UserError
from autoloss.training.spec import Spec

PROGRAM = 400_000_000  # torch and this package
COPIES = 5  # of the tables: weights, gradient, Adam's two moments, best weights
LOOKING_AHEAD = 3  # more of them, during an update
SAVED = 4  # of them in a checkpoint, which is written beside the last one
EVALUATION = 200  # bytes per row and output of the largest split that is evaluated
ACTIVATIONS = 8  # tensors of the size of a batch's embeddings


def bytes_of_job(spec: Spec) -> int:
    """The memory of one training process at its peak, without the encoded ids."""
    copies = COPIES + (LOOKING_AHEAD if registry.defines("methods", spec.method.use, "update") else 0)
    batch = 4 * spec.training.batch_size * len(spec.data.field_sizes) * _dim(spec) * ACTIVATIONS
    evaluated = max(spec.data.rows_per_split[split] for split in ("valid", "test"))
    order = 8 * spec.data.rows_per_split["train"]
    return PROGRAM + copies * _tables(spec) + batch + order + EVALUATION * evaluated * spec.data.n_outputs


def bytes_on_disk(spec: Spec) -> int:
    """What a training run writes at most: two checkpoints and the test predictions."""
    return 2 * SAVED * _tables(spec) + 4 * spec.data.rows_per_split["test"] * spec.data.n_outputs


def check(cell: Cell, root: Path, device: str, machine: Path = Path("/")) -> None:
    """Refuses a cell that cannot fit on the disk or, if it trains on a CPU, in memory.

    Args:
        cell: about to be trained.
        root: the project's folder, whose disk is asked.
        device: cpu or cuda. The memory of a GPU is not asked.
        machine: the folder that holds proc and sys.

    Raises:
        UserError: with what it needs, what there is, and what would make it fit.
    """
    need, there = bytes_of_job(cell.spec), available_memory(machine)
    if device == "cpu" and there is not None and there < need:
        raise UserError(
            f"needs about {size(need)} of memory, {size(there)} are free: expected fewer jobs side by side (cores in "
            "workflow/profiles/default), a smaller dim of the model, or a higher threshold of the dataset"
        )
    free, written = shutil.disk_usage(root).free, bytes_on_disk(cell.spec)
    if free < written:
        raise UserError(
            f"needs about {size(written)} of disk, {size(free)} are free in {root.resolve()}: make room there"
        )


def available_memory(machine: Path) -> int | None:
    """Bytes that a new process can have: by the kernel, and by the limit of this control group. None if not told.

    What a group has in memory only as a copy of files, such as encoded ids, is given back when needed.
    """
    known = []
    with suppress(OSError, ValueError, IndexError, StopIteration):  # not Linux, or no limit ("max")
        known.append(1024 * _number(machine / "proc/meminfo", "MemAvailable:"))
        line = (machine / "proc/self/cgroup").read_text().splitlines()[-1]
        group = machine / "sys/fs/cgroup" / line.rpartition(":")[2].lstrip("/")
        known.append(int((group / "memory.max").read_text()) - _number(group / "memory.stat", "anon"))
    return min(known, default=None)


def _number(path: Path, name: str) -> int:
    """The number on the line of a file that begins with a word."""
    return next(int(line.split()[1]) for line in path.read_text().splitlines() if line.split()[0] == name)


def _dim(spec: Spec) -> int:
    return int(spec.model.params.get("dim", 1))


def _tables(spec: Spec) -> int:
    """Bytes of the embedding tables and of the first-order weights."""
    return 4 * sum(spec.data.field_sizes) * (_dim(spec) + spec.data.n_outputs)
