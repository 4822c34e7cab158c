"""Encoded data as training reads it: one array of ids and one of labels per split."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from autoloss.data import facts
from autoloss.data.facts import SPLITS, Facts
from autoloss.errors import UserError


@dataclass(frozen=True)
class Split:
    """The rows of one split.

    Attributes:
        ids: int32 [N, F] rows of one embedding table of sum(field_sizes) rows (offsets are applied).
        y: [N] float32 0/1 (binary) or target (regression), int64 class index (multiclass).
    """

    ids: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class EncodedData:
    """The three splits of a dataset, and its facts."""

    facts: Facts
    train: Split
    valid: Split
    test: Split


def load(folder: Path | str, device: str | torch.device = "cpu") -> EncodedData:
    """Reads an encoded dataset. On the CPU the arrays are memory-mapped (copy on write) and shared by all jobs.

    Args:
        folder: `data/encoded/<scale>/<name>`.
        device: where the tensors are put, as a whole.

    Raises:
        UserError: the folder is missing, incomplete, or belongs to an unused dataset.
    """
    folder = Path(folder)
    known = facts.read(folder)
    return EncodedData(known, *(_split(folder, known, name, device) for name in SPLITS))


def _split(folder: Path, known: Facts, name: str, device: str | torch.device) -> Split:
    ids, y = (_array(folder / f"{name}_{part}.npy", known) for part in ("ids", "labels"))
    if ids.shape != (known.rows_per_split[name], len(known.field_sizes)) or len(y) != len(ids):
        raise UserError(
            f"{folder}: the {name} split has ids {ids.shape} and labels {y.shape}, which differs from meta.json"
        )
    return Split(torch.from_numpy(ids).to(device), torch.from_numpy(y).to(device))


def _array(path: Path, known: Facts) -> np.ndarray:
    found, expected = path.stat().st_size if path.exists() else None, known.files.get(path.name)
    if found is None or found != expected:
        what = "missing" if found is None else f"{found} bytes"
        raise UserError(f"{path}: {what}, expected {expected} bytes; prepare the data again")
    return np.load(path, mmap_mode="c", allow_pickle=False)
