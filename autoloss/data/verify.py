"""Checks of encoded data that are there: whole, as digested, and fit for training."""

import hashlib
from pathlib import Path

import numpy as np

from autoloss.data.arrays import digest
from autoloss.data.meta import SPLITS, Meta, read_meta
from autoloss.errors import UserError

_PIECE = 1 << 20  # rows that are looked at once


def verify(folder: Path) -> list[str]:
    """Reads all arrays again; a line for each thing that is in order.

    Raises:
        UserError: a file is missing, changed, or holds ids or labels that it must not.
    """
    meta = read_meta(folder)
    digests, offsets = [], np.concatenate([[0], np.cumsum(meta.field_sizes)])
    for split in SPLITS:
        ids, labels = (_array(folder / f"{split}_{part}.npy", meta) for part in ("ids", "labels"))
        if ids.shape != (meta.rows_per_split[split], len(meta.field_sizes)) or labels.shape != ids.shape[:1]:
            raise UserError(
                f"{folder}: {split}: arrays of shape {ids.shape} and {labels.shape}, meta.json says otherwise"
            )
        counts = np.zeros(len(meta.class_shares[split]), np.int64)
        for first in range(0, len(ids), _PIECE):
            part = ids[first : first + _PIECE]
            if (part < offsets[:-1]).any() or (part >= offsets[1:]).any():
                raise UserError(f"{folder}/{split}_ids.npy: an id outside its field's range")
            if len(counts):
                counts += _counts(labels[first : first + _PIECE], len(counts), folder / f"{split}_labels.npy")
        if len(counts) and (counts > 0).sum() < 2:
            raise UserError(f"{folder}: all labels of the {split} split are of one class")
        digests += [digest(ids), digest(labels)]
    if hashlib.sha256("".join(digests).encode()).hexdigest() != meta.sha256:
        raise UserError(f"{folder}: the arrays are not those that meta.json describes; prepare the data again")
    return [f"{meta.rows} rows, {meta.n_features} ids in {len(meta.field_sizes)} fields: as digested", *meta.checks]


def _array(path: Path, meta: Meta) -> np.ndarray:
    found = path.stat().st_size if path.exists() else None
    if found != meta.files[path.name]:
        raise UserError(f"{path}: {'missing' if found is None else f'{found} bytes'}, expected {meta.files[path.name]}")
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _counts(labels: np.ndarray, n_classes: int, path: Path) -> np.ndarray:
    whole = labels.astype(np.int64)
    if (whole != labels).any() or whole.min() < 0 or whole.max() >= n_classes:
        raise UserError(f"{path}: a label outside 0 … {n_classes - 1}")
    return np.bincount(whole, minlength=n_classes)
