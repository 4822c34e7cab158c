"""Second pass: the blocks that the first one left → arrays of ids and labels, one pair per split."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from autoloss.data import spill, splits
from autoloss.data.arrays import ArrayFile
from autoloss.data.bayes import Bayes
from autoloss.data.counting import Counted, classes
from autoloss.data.meta import SPLITS
from autoloss.data.show import Bar
from autoloss.data.stream import Raw, ordered
from autoloss.data.vocabulary import Vocabulary
from autoloss.datasets._format import Format
from autoloss.schema import Dataset

LABEL_TYPE = {"binary": np.float32, "regression": np.float32, "multiclass": np.int64}
_TOGETHER = 6  # blocks whose values are looked up at once: the table of kept values is hashed anew each time


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


def map_ids(counted: Counted, raw: Raw, form: Format, entry: Dataset, folder: Path) -> Mapped:
    """Writes `<split>_ids.npy` and `<split>_labels.npy` into `folder`; removes the blocks as it goes."""
    out = _files(counted, entry, folder)
    bayes = Bayes(raw.truth, form, entry) if raw.truth else None
    found = np.zeros_like(counted.classes)
    row = 0
    with Bar(f"writing {entry.name}", sum(counted.rows.values()), "rows") as bar:
        for block, ids in _blocks(counted):
            if bayes:
                bayes.add(block.records, block.labels, block.split == splits.TEST)
            labels = _corrupted(block, row, entry) if entry.flip_positives else block.labels
            found += classes(block.split, labels, found.shape[1])
            for number, (id_file, label_file) in enumerate(out):
                mine = block.split == number
                id_file.write(ids[mine])
                label_file.write(labels[mine])
            row += len(labels)
            bar.advance(len(labels))
    digests = [file.close() for pair in out for file in pair]
    sizes = {file.path.name: file.path.stat().st_size for pair in out for file in pair}
    content = hashlib.sha256("".join(digests).encode()).hexdigest()
    return Mapped(content, found, sizes, bayes.metrics() if bayes else None)


def _files(counted: Counted, entry: Dataset, folder: Path) -> list[tuple[ArrayFile, ArrayFile]]:
    fields, label_type = len(counted.vocabulary.sizes), LABEL_TYPE[entry.task]
    return [
        (
            ArrayFile(folder / f"{split}_ids.npy", np.int32, (counted.rows[split], fields)),
            ArrayFile(folder / f"{split}_labels.npy", label_type, (counted.rows[split],)),
        )
        for split in SPLITS
    ]


def _corrupted(block: spill.Spilled, row: int, entry: Dataset) -> np.ndarray:
    """The labels of a block that starts at `row`, with a share of the training positives turned negative."""
    wrong = splits.flipped(row, len(block.labels), entry.split_seed, entry.flip_positives)
    return np.where(wrong & (block.split == splits.TRAIN) & (block.labels == 1), 0.0, block.labels)


def _blocks(counted: Counted) -> Iterator[tuple[spill.Spilled, np.ndarray]]:
    """The blocks in order, each with its ids, int32 [n, F]."""
    paths = counted.spilled
    groups = (paths[i : i + _TOGETHER] for i in range(0, len(paths), _TOGETHER))
    for some in ordered(lambda some: _mapped(some, counted.vocabulary), groups):
        yield from some


def _mapped(paths: list[Path], vocabulary: Vocabulary) -> list[tuple[spill.Spilled, np.ndarray]]:
    blocks = [spill.read(path) for path in paths]
    out = [np.empty((len(b.labels), len(b.codes)), np.int32) for b in blocks]
    for field in range(len(vocabulary.sizes)):
        ids = vocabulary.ids(field, pl.concat([b.values[field] for b in blocks]))
        edges = np.cumsum([len(b.values[field]) for b in blocks])[:-1]
        for block, mapped, of_block in zip(blocks, out, np.split(ids, edges), strict=True):
            mapped[:, field] = of_block[block.codes[field]]
    for path in paths:
        path.unlink()
    return list(zip(blocks, out, strict=True))
