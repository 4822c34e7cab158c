"""A raw file → arrays of ids and labels, in two passes: count the values, then map them.

The text is read once: the first pass leaves each block's codes on disk. What comes out depends on the rows
and the settings alone, not on block size, number of threads or order of hashing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from autoloss.data import blocks, companion, spill, splits
from autoloss.data.arrays import ArrayFile
from autoloss.data.bayes import Bayes
from autoloss.data.meta import SPLITS
from autoloss.data.show import Bar
from autoloss.data.stream import Raw, coded, ordered
from autoloss.data.vocabulary import Counts, Vocabulary
from autoloss.datasets._format import Format
from autoloss.errors import UserError
from autoloss.schema import Dataset

LABEL_TYPE = {"binary": np.float32, "regression": np.float32, "multiclass": np.int64}


@dataclass
class Counted:
    """What the first pass found.

    Attributes:
        vocabulary: ids of the values.
        rows: per split. classes: int64 [3, C] labels per split (C = 0 for regression).
        bad, dropped: rows that were malformed, or left out.
        spilled: the files of the blocks, in order.
    """

    vocabulary: Vocabulary
    rows: dict[str, int]
    classes: np.ndarray
    bad: int
    dropped: int
    spilled: list[Path]


@dataclass
class Mapped:
    """What the second pass wrote.

    Attributes:
        sha256: of all arrays. files: their sizes in bytes.
        classes: int64 [3, C] labels per split as written. bayes: metrics of the true probabilities.
    """

    sha256: str
    classes: np.ndarray
    files: dict[str, int]
    bayes: dict[str, float] | None


def count(raw: Raw, form: Format, entry: Dataset, scratch: Path, block_size: int = blocks.BLOCK) -> Counted:
    """First pass: counts the values of each field and leaves the blocks in `scratch`.

    Raises:
        UserError: more malformed rows than `max_bad_rows`; no rows.
    """
    counts = [Counts() for _ in form.layout.fields]
    n_classes = 2 if entry.task == "binary" else entry.n_classes or 0
    per_split, classes = np.zeros(3, np.int64), np.zeros((3, n_classes), np.int64)
    row = record = bad = dropped = 0
    complaint, files, names = "", [], spill.paths(scratch)
    with Bar(f"reading {raw.path.name}", entry.rows or (form.expected and form.expected.rows), "rows") as bar:
        for block in coded(raw, form, entry, block_size):
            if len(block.bad) and not bad:
                complaint = "{}: line {}: {}".format(block.file, *block.first_bad())
            bad += len(block.bad)
            if bad > entry.max_bad_rows:
                raise UserError(f"{complaint} (malformed rows: {bad} so far, max_bad_rows is {entry.max_bad_rows})")
            dropped += block.size - len(block) - len(block.bad)
            if len(block):
                if entry.split == "published":
                    split = np.full(len(block), block.member, np.uint8)
                else:
                    split = splits.random_split(row, len(block), entry.split_seed)
                counted = split == splits.TRAIN if entry.vocabulary == "train" else slice(None)
                for field, codes, values in zip(counts, block.codes, block.values, strict=True):
                    field.add(pl.Series(values), np.bincount(codes[counted], minlength=len(values)))
                per_split += np.bincount(split, minlength=3)
                classes += _classes(split, block.labels, n_classes)
                files.append(next(names))
                spill.write(files[-1], block, split, record)
            row, record = row + len(block), record + block.size
            bar.advance(block.size)
    if not row:
        raise UserError(f"{raw.path.name}: no rows")
    tables = [field.table() for field in counts]
    if entry.vocabulary == "all":
        companion.add(raw, form, tables)
    rare = entry.threshold > 1 or entry.vocabulary == "train"
    vocabulary = Vocabulary.build(list(form.layout.fields), tables, entry.threshold, rare)
    return Counted(vocabulary, dict(zip(SPLITS, per_split.tolist(), strict=True)), classes, bad, dropped, files)


def map_ids(counted: Counted, raw: Raw, form: Format, entry: Dataset, folder: Path) -> Mapped:
    """Second pass: writes `<split>_ids.npy` and `<split>_labels.npy` into `folder`, and removes the blocks."""
    vocabulary = counted.vocabulary
    out = []
    for name in SPLITS:
        n = counted.rows[name]
        ids = ArrayFile(folder / f"{name}_ids.npy", np.int32, (n, len(vocabulary.sizes)))
        out.append((ids, ArrayFile(folder / f"{name}_labels.npy", LABEL_TYPE[entry.task], (n,))))
    bayes = Bayes(raw.truth, form, entry) if raw.truth else None
    classes = np.zeros_like(counted.classes)
    row = 0
    with Bar(f"writing {entry.name}", sum(counted.rows.values()), "rows") as bar:
        for block, ids in ordered(_mapper(vocabulary), iter(counted.spilled)):
            labels = block.labels
            if bayes:
                bayes.add(block.records, labels, block.split == splits.TEST)
            if entry.flip_positives:
                wrong = splits.flipped(row, len(labels), entry.split_seed, entry.flip_positives)
                labels = np.where(wrong & (block.split == splits.TRAIN) & (labels == 1), 0.0, labels)
            classes += _classes(block.split, labels, classes.shape[1])
            for number, (id_file, label_file) in enumerate(out):
                mine = block.split == number
                id_file.write(ids[mine])
                label_file.write(labels[mine])
            row += len(labels)
            bar.advance(len(labels))
    digests = [file.close() for pair in out for file in pair]
    sizes = {file.path.name: file.path.stat().st_size for pair in out for file in pair}
    content = hashlib.sha256("".join(digests).encode()).hexdigest()
    return Mapped(content, classes, sizes, bayes.metrics() if bayes else None)


def _classes(split: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """int64 [3, n_classes] how often each class stands in each split (n_classes = 0: regression)."""
    if not n_classes:
        return np.zeros((3, 0), np.int64)
    pair = split * np.int64(n_classes) + labels.astype(np.int64)
    return np.bincount(pair, minlength=3 * n_classes).reshape(3, n_classes)


def _mapper(vocabulary: Vocabulary) -> Callable[[Path], tuple[spill.Spilled, np.ndarray]]:
    def mapped(path: Path) -> tuple[spill.Spilled, np.ndarray]:
        block = spill.read(path)
        ids = np.empty((len(block.labels), len(block.codes)), np.int32)
        for field, (codes, values) in enumerate(zip(block.codes, block.values, strict=True)):
            ids[:, field] = vocabulary.ids(field, values)[codes]
        path.unlink()
        return block, ids

    return mapped
