"""First pass over a raw file: counts the values of each field, and leaves each block's codes on disk.

The text is read once; the second pass (`mapping`) works on the codes. What comes out depends on the rows and
the settings alone, not on block size, number of threads or order of hashing.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autoloss.config import Dataset
from autoloss.data import companion, spill, splits
from autoloss.data.counts import Counts
from autoloss.data.meta import SPLITS
from autoloss.data.parse import Coded
from autoloss.data.show import Bar
from autoloss.data.stream import Raw, coded
from autoloss.data.vocabulary import Vocabulary
from autoloss.datasets._format import Format
from autoloss.errors import UserError


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


def count(raw: Raw, form: Format, entry: Dataset, scratch: Path) -> Counted:
    """Counts all blocks of a raw file; the blocks are left in `scratch`.

    Raises:
        UserError: more malformed rows than `max_bad_rows`; no rows.
    """
    tally = _Tally(entry, len(form.layout.fields), scratch)
    with Bar(f"reading {raw.path.name}", entry.rows or (form.expected and form.expected.rows), "rows") as bar:
        for block in coded(raw, form, entry):
            tally.take(block)
            bar.advance(block.size)
    if not tally.rows:
        raise UserError(f"{raw.path.name}: no rows")
    if entry.vocabulary == "all":
        companion.add(raw, form, tally.counts)
    rare = entry.threshold > 1 or entry.vocabulary == "train"
    vocabulary = Vocabulary.build(list(form.layout.fields), tally.counts, entry.threshold, rare)
    rows = dict(zip(SPLITS, tally.per_split.tolist(), strict=True))
    return Counted(vocabulary, rows, tally.classes, tally.bad, tally.dropped, tally.spilled)


class _Tally:
    """What is known after some blocks."""

    def __init__(self, entry: Dataset, n_fields: int, scratch: Path):
        self.entry, self.scratch = entry, scratch
        self.counts = [Counts(scratch / f"field{i}") for i in range(n_fields)]
        self.n_classes = 2 if entry.task == "binary" else entry.n_classes or 0
        self.per_split, self.classes = np.zeros(3, np.int64), np.zeros((3, self.n_classes), np.int64)
        self.rows = self.records = self.bad = self.dropped = 0
        self.spilled: list[Path] = []
        self._complaint = ""

    def take(self, block: Coded) -> None:
        """Checks, counts and spills the next block."""
        self._check(block)
        if len(block):
            split = self._split(block)
            counted = split == splits.TRAIN if self.entry.vocabulary == "train" else slice(None)
            for field, codes, values in zip(self.counts, block.codes, block.values, strict=True):
                field.add(values, np.bincount(codes[counted], minlength=len(values)))
            self.per_split += np.bincount(split, minlength=3)
            self.classes += classes(split, block.labels, self.n_classes)
            self.spilled.append(self.scratch / f"{len(self.spilled):06d}.arrow")
            spill.write(self.spilled[-1], block, split, self.records)
        self.rows, self.records = self.rows + len(block), self.records + block.size

    def _check(self, block: Coded) -> None:
        if len(block.bad) and not self.bad:
            self._complaint = "{}: line {}: {}".format(block.file, *block.first_bad())
        self.bad += len(block.bad)
        self.dropped += block.size - len(block) - len(block.bad)
        if self.bad > self.entry.max_bad_rows:
            limit = f"max_bad_rows is {self.entry.max_bad_rows}"
            raise UserError(f"{self._complaint} (malformed rows: {self.bad} so far, {limit})")

    def _split(self, block: Coded) -> np.ndarray:
        if self.entry.split == "published":
            return np.full(len(block), block.member, np.uint8)
        return splits.random_split(self.rows, len(block), self.entry.split_seed)


def classes(split: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """int64 [3, n_classes] how often each class stands in each split (n_classes = 0: regression)."""
    if not n_classes:
        return np.zeros((3, 0), np.int64)
    pair = split * np.int64(n_classes) + labels.astype(np.int64)
    return np.bincount(pair, minlength=3 * n_classes).reshape(3, n_classes)
