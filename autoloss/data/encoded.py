"""Encoded data as a training reads it: one array of ids and one of labels per split."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from autoloss.data.meta import SPLITS, Meta, read_meta
from autoloss.errors import UserError

__all__ = ["EncodedData", "Meta", "Split", "load", "read_meta"]


@dataclass(frozen=True)
class Split:
    """Rows of one split.

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
    """The three splits of a dataset, and the facts about it."""

    meta: Meta
    train: Split
    valid: Split
    test: Split


def load(folder: Path | str, device: str | torch.device = "cpu") -> EncodedData:
    """Reads an encoded dataset. On the CPU the arrays are mapped into memory (copy on write) and shared by all jobs.

    Args:
        folder: `data/encoded/<scale>/<name>`.
        device: where the tensors are put, whole.

    Raises:
        UserError: the folder is missing, incomplete, or holds an unused dataset.
    """
    folder = Path(folder)
    meta = read_meta(folder)
    splits = {}
    for name in SPLITS:
        ids, y = (_array(folder / f"{name}_{part}.npy", meta) for part in ("ids", "labels"))
        if ids.shape != (meta.rows_per_split[name], len(meta.field_sizes)) or len(y) != len(ids):
            raise UserError(
                f"{folder}: {name} split has ids {ids.shape} and labels {y.shape}, meta.json says otherwise"
            )
        splits[name] = Split(torch.from_numpy(ids).to(device), torch.from_numpy(y).to(device))
    return EncodedData(meta, **splits)


def _array(path: Path, meta: Meta) -> np.ndarray:
    found, wanted = path.stat().st_size if path.exists() else None, meta.files.get(path.name)
    if found is None or found != wanted:
        raise UserError(
            f"{path}: {found if found is not None else 'no'} bytes, expected {wanted}; prepare the data again"
        )
    return np.load(path, mmap_mode="c", allow_pickle=False)
