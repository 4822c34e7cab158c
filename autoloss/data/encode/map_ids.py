"""Second pass: the stored blocks → arrays of ids and labels, one pair per split."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from autoloss.config import Dataset
from autoloss.data.encode import short_texts, spill, split
from autoloss.data.encode.arrays import ArrayFile
from autoloss.data.encode.bayes import Bayes
from autoloss.data.encode.count import Counted, classes
from autoloss.data.encode.parallel import ordered
from autoloss.data.encode.vocabulary import Vocabulary
from autoloss.data.facts import SPLITS
from autoloss.data.fetch.raw_file import RawFile
from autoloss.data.progress import Bar
from autoloss.datasets import Format

LABEL_TYPE = {"binary": np.float32, "regression": np.float32, "multiclass": np.int64}
_TOGETHER = 24  # blocks whose values are looked up at once: each look-up hashes the kept values anew


@dataclass(frozen=True)
class Mapped:
    """The result of the second pass.

    Attributes:
        sha256: of all arrays. files: size of each array file in bytes.
        classes: int64 [3, C] labels per split as written. bayes: metrics of the true probabilities, if known.
    """

    sha256: str
    files: dict[str, int]
    classes: np.ndarray
    bayes: dict[str, float] | None


def map_ids(counted: Counted, raw: RawFile, form: Format, entry: Dataset, folder: Path) -> Mapped:
    """Writes `<split>_ids.npy` and `<split>_labels.npy` into `folder`, and removes the blocks as it goes."""
    out = _files(counted, entry, folder)
    bayes = Bayes(raw.truth, form, entry) if raw.truth else None
    found = np.zeros_like(counted.classes)
    row = 0
    with Bar(f"writing {entry.name}", sum(counted.rows.values()), "rows") as bar:
        for block, ids in _blocks(counted):
            if bayes:
                bayes.add(block.records, block.labels, block.split == split.TEST)
            labels = _corrupted(block, row, entry) if entry.flip_positives else block.labels
            found += classes(block.split, labels, found.shape[1])
            for number, (id_file, label_file) in enumerate(out):
                id_file.write(ids[number])
                label_file.write(labels[block.split == number])
            row += len(labels)
            bar.advance(len(labels))
    digests = [file.close() for pair in out for file in pair]
    sizes = {file.path.name: file.path.stat().st_size for pair in out for file in pair}
    content = hashlib.sha256("".join(digests).encode()).hexdigest()
    return Mapped(content, sizes, found, bayes.metrics() if bayes else None)


def _files(counted: Counted, entry: Dataset, folder: Path) -> list[tuple[ArrayFile, ArrayFile]]:
    fields, label_type = len(counted.vocabulary.sizes), LABEL_TYPE[entry.task]
    return [
        (
            ArrayFile(folder / f"{name}_ids.npy", np.int32, (counted.rows[name], fields)),
            ArrayFile(folder / f"{name}_labels.npy", label_type, (counted.rows[name],)),
        )
        for name in SPLITS
    ]


def _corrupted(block: spill.Spilled, row: int, entry: Dataset) -> np.ndarray:
    """The labels of a block that starts at `row`, with a share of the training positives turned negative."""
    wrong = split.flipped(row, len(block.labels), entry.split_seed, entry.flip_positives)
    return np.where(wrong & (block.split == split.TRAIN) & (block.labels == 1), 0.0, block.labels)


def _blocks(counted: Counted) -> Iterator[tuple[spill.Spilled, list[np.ndarray]]]:
    """The blocks in order, each with the ids of its rows, int32 [n, F], one array per split."""
    paths, vocabulary = counted.spilled, counted.vocabulary
    groups = (paths[i : i + _TOGETHER] for i in range(0, len(paths), _TOGETHER))
    looked_up = (block for some in ordered(lambda some: _looked_up(some, vocabulary), groups) for block in some)
    yield from ordered(lambda block: _gathered(*block), looked_up)


def _looked_up(paths: list[Path], vocabulary: Vocabulary) -> list[tuple[Path, list[np.ndarray]]]:
    """The ids of the values of some blocks, by field."""
    blocks = [spill.read(path) for path in paths]
    ids: list[list[np.ndarray]] = [[] for _ in blocks]
    for field in range(len(vocabulary.sizes)):
        values = short_texts.alike([block.values[field] for block in blocks])
        edges = np.cumsum([len(v) for v in values])[:-1]
        for of_block, mine in zip(ids, np.split(vocabulary.ids(field, pa.concat_arrays(values)), edges), strict=True):
            of_block.append(mine)
    return list(zip(paths, ids, strict=True))


def _gathered(path: Path, ids: list[np.ndarray]) -> tuple[spill.Spilled, list[np.ndarray]]:
    """A block and the ids of its rows, one array per split. Removes its file."""
    block = spill.read(path)
    path.unlink()
    rows = np.empty((len(block.labels), len(ids)), np.int32)
    for field, (codes, of_values) in enumerate(zip(block.codes, ids, strict=True)):
        rows[:, field] = of_values[codes]
    return block, [np.compress(block.split == number, rows, axis=0) for number in range(len(SPLITS))]
