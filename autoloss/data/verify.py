"""Verifies encoded data: complete, unchanged since they were written, and fit for training."""

import hashlib
from pathlib import Path

import numpy as np

from autoloss.data import facts
from autoloss.data.encode.arrays import digest
from autoloss.data.facts import SPLITS, Facts
from autoloss.errors import UserError

_PIECE = 1 << 20  # rows read at once


def verify(folder: Path) -> list[str]:
    """Reads all arrays and compares them with the facts; returns a line for each thing that is in order.

    Raises:
        UserError: a file is missing, was changed, or holds ids or labels out of range.
    """
    known = facts.read(folder)
    digests = [digest(array) for split in SPLITS for array in _arrays(folder, split, known)]
    if hashlib.sha256("".join(digests).encode()).hexdigest() != known.sha256:
        raise UserError(f"{folder}: the arrays differ from the digest in meta.json; prepare the data again")
    content = f"{known.rows} rows, {known.n_features} ids in {len(known.field_sizes)} fields: unchanged"
    return [content, *known.checks]


def _arrays(folder: Path, split: str, known: Facts) -> tuple[np.ndarray, np.ndarray]:
    """(ids [N, F], labels [N]) of a split, after checks of their shapes and values."""
    ids, labels = (_array(folder / f"{split}_{part}.npy", known) for part in ("ids", "labels"))
    if ids.shape != (known.rows_per_split[split], len(known.field_sizes)) or labels.shape != ids.shape[:1]:
        raise UserError(
            f"{folder}: {split}: arrays of shape {ids.shape} and {labels.shape}, which differs from meta.json"
        )
    offsets = np.concatenate([[0], np.cumsum(known.field_sizes)])
    counts = np.zeros(len(known.class_shares[split]), np.int64)
    for first in range(0, len(ids), _PIECE):
        part = ids[first : first + _PIECE]
        if (part < offsets[:-1]).any() or (part >= offsets[1:]).any():
            raise UserError(f"{folder}/{split}_ids.npy: an id outside its field's range")
        if len(counts):
            counts += _counts(labels[first : first + _PIECE], len(counts), folder / f"{split}_labels.npy")
    if len(counts) and (counts > 0).sum() < 2:
        raise UserError(f"{folder}: all labels of the {split} split belong to one class")
    return ids, labels


def _array(path: Path, known: Facts) -> np.ndarray:
    found, expected = path.stat().st_size if path.exists() else None, known.files.get(path.name)
    if found != expected:
        raise UserError(f"{path}: {'missing' if found is None else f'{found} bytes'}, expected {expected} bytes")
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _counts(labels: np.ndarray, n_classes: int, path: Path) -> np.ndarray:
    whole = labels.astype(np.int64)
    if (whole != labels).any() or whole.min() < 0 or whole.max() >= n_classes:
        raise UserError(f"{path}: a label outside 0 … {n_classes - 1}")
    return np.bincount(whole, minlength=n_classes)
