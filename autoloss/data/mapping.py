"""Second pass: the blocks that the first one left → arrays of ids and labels, one pair per split."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from autoloss.config import Dataset
from autoloss.data import keys, spill, splits
from autoloss.data.arrays import ArrayFile
from autoloss.data.bayes import Bayes
from autoloss.data.counting import Counted, classes
from autoloss.data.meta import SPLITS
from autoloss.data.show import Bar
from autoloss.data.stream import Raw, ordered
from autoloss.data.vocabulary import Vocabulary
from autoloss.datasets._format import Format

LABEL_TYPE = {"binary": np.float32, "regression": np.float32, "multiclass": np.int64}
_TOGETHER = 24  # blocks whose values are looked up at once: the table of kept values is hashed anew each time


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
            for split, (id_file, label_file) in enumerate(out):
                id_file.write(ids[split])
                label_file.write(labels[block.split == split])
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


def _blocks(counted: Counted) -> Iterator[tuple[spill.Spilled, list[np.ndarray]]]:
    """The blocks in order, each with the ids of its rows, int32 [n, F], one array per split."""
    paths, vocabulary = counted.spilled, counted.vocabulary
    groups = (paths[i : i + _TOGETHER] for i in range(0, len(paths), _TOGETHER))
    looked_up = (block for some in ordered(lambda some: _looked_up(some, vocabulary), groups) for block in some)
    yield from ordered(lambda block: _gathered(*block), looked_up)


def _looked_up(paths: list[Path], vocabulary: Vocabulary) -> list[tuple[Path, list[np.ndarray]]]:
    """The ids of the values of some blocks, of each field."""
    blocks = [spill.read(path) for path in paths]
    ids = [[] for _ in blocks]
    for field in range(len(vocabulary.sizes)):
        values = keys.alike([block.values[field] for block in blocks])
        edges = np.cumsum([len(v) for v in values])[:-1]
        for of_block, mine in zip(ids, np.split(vocabulary.ids(field, pa.concat_arrays(values)), edges), strict=True):
            of_block.append(mine)
    return list(zip(paths, ids, strict=True))


def _gathered(path: Path, ids: list[np.ndarray]) -> tuple[spill.Spilled, list[np.ndarray]]:
    """A block and the ids of its rows, one array per split. Its file is removed."""
    block = spill.read(path)
    path.unlink()
    rows = np.empty((len(block.labels), len(ids)), np.int32)
    for field, (codes, of_values) in enumerate(zip(block.codes, ids, strict=True)):
        rows[:, field] = of_values[codes]
    return block, [np.compress(block.split == split, rows, axis=0) for split in range(len(SPLITS))]
