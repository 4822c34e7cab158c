"""First pass over a raw file: counts the values of each field and stores the codes of each block on disk.

The text is read once; the second pass (`map_ids`) works on the codes. The result depends only on the rows and
the settings, not on block size, number of threads or order of hashing.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from autoloss.config import Dataset
from autoloss.data.encode import short_texts, spill, split
from autoloss.data.encode.bad_rows import BadRows
from autoloss.data.encode.read.recipe import Coded
from autoloss.data.encode.read.stream import coded
from autoloss.data.encode.value_counts import ValueCounts
from autoloss.data.encode.vocabulary import Vocabulary
from autoloss.data.facts import SPLITS
from autoloss.data.fetch import archives
from autoloss.data.fetch.raw_file import RawFile
from autoloss.data.progress import Bar
from autoloss.datasets import Format, Target
from autoloss.errors import UserError


@dataclass(frozen=True)
class Counted:
    """The result of the first pass.

    Attributes:
        vocabulary: ids of the values.
        rows: per split. classes: int64 [3, C] labels per split (C = 0 for regression).
        bad, dropped: rows that were malformed, or left out by the settings.
        spilled: the files of the blocks, in order.
    """

    vocabulary: Vocabulary
    rows: dict[str, int]
    classes: np.ndarray
    bad: int
    dropped: int
    spilled: list[Path]


def count(raw: RawFile, form: Format, entry: Dataset, scratch: Path) -> Counted:
    """Counts the values of a raw file; its blocks are stored in `scratch`.

    Raises:
        UserError: more malformed rows than `max_bad_rows`, or no rows.
    """
    tally = _Tally(entry, len(form.layout.fields), scratch)
    known = form.expected()
    with Bar(f"reading {raw.path.name}", entry.rows or (known.rows if known else None), "rows") as bar:
        for block in coded(raw, form, entry):
            tally.take(block)
            bar.advance(block.size)
    if not tally.rows:
        raise UserError(f"{raw.path.name}: no rows")
    if entry.vocabulary == "all":
        _add_listed_values(raw, form, tally.counts)
    rare = entry.threshold > 1 or entry.vocabulary == "train"
    vocabulary = Vocabulary.build(list(form.layout.fields), tally.counts, entry.threshold, rare)
    rows: dict[str, int] = dict(zip(SPLITS, tally.per_split.tolist(), strict=True))
    return Counted(vocabulary, rows, tally.classes, tally.bad.count, tally.dropped, tally.spilled)


def classes(of_row: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """int64 [3, n_classes] rows of each class in each split, from the split of each row (n_classes = 0: regression)."""
    if not n_classes:
        return np.zeros((3, 0), np.int64)
    pair = of_row * np.int64(n_classes) + labels.astype(np.int64)
    return np.bincount(pair, minlength=3 * n_classes).reshape(3, n_classes)


class _Tally:
    """The counts after some blocks."""

    def __init__(self, entry: Dataset, n_fields: int, scratch: Path):
        self.entry, self.scratch = entry, scratch
        self.counts = [ValueCounts(scratch / f"field{i}") for i in range(n_fields)]
        self.n_classes = Target.of(entry).classes
        self.per_split, self.classes = np.zeros(3, np.int64), np.zeros((3, self.n_classes), np.int64)
        self.rows = self.records = self.dropped = 0
        self.bad = BadRows(entry.max_bad_rows)
        self.spilled: list[Path] = []

    def take(self, block: Coded) -> None:
        """Checks, counts and stores the next block."""
        self.bad.add(block)
        self.dropped += block.size - len(block) - len(block.bad)
        if len(block):
            of_row = split.of_block(self.entry, block.member, self.rows, len(block))
            counted = of_row == split.TRAIN if self.entry.vocabulary == "train" else slice(None)
            for field, codes, values in zip(self.counts, block.codes, block.values, strict=True):
                field.add(values, np.bincount(codes[counted], minlength=len(values)))
            self.per_split += np.bincount(of_row, minlength=3)
            self.classes += classes(of_row, block.labels, self.n_classes)
            self.spilled.append(self.scratch / f"{len(self.spilled):06d}.arrow")
            spill.write(self.spilled[-1], block, of_row, self.records)
        self.rows, self.records = self.rows + len(block), self.records + block.size


def _add_listed_values(raw: RawFile, form: Format, counts: list[ValueCounts]) -> None:
    """Adds, as unseen, the values that a second file of the archive lists (the movies that nobody rated)."""
    listed = form.listed_values()
    stream = archives.open_other(raw.path, listed.member) if listed else None
    if listed is None or stream is None:
        return
    with archives.reading(raw.path), stream:
        text = stream.read()
    try:
        values = pl.read_csv(text, columns=[listed.column], infer_schema=False)[listed.column]
    except (pl.exceptions.PolarsError, ValueError) as error:
        message = str(error).splitlines()[0]
        raise UserError(f"{raw.path}/{listed.member}: no column '{listed.column}' ({message})") from None
    found = pa.array(values.drop_nulls().unique().to_list(), pa.string())
    counts[form.layout.fields.index(listed.field)].add_unseen(short_texts.shortened(found))
