"""A raw file as a stream of encoded rows, whether or not it has labels, whatever its size."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autoloss.data.encode.read.stream import coded, header
from autoloss.data.fetch import local
from autoloss.data.fetch.raw_file import RawFile
from autoloss.data.progress import Bar
from autoloss.datasets import Format
from autoloss.errors import UserError
from autoloss.prediction.encoder import UNLABELLED, Encoder, Unlabelled


@dataclass(frozen=True)
class Rows:
    """Some consecutive rows of a file.

    Attributes:
        first: number of the first one, from 1. size: how many, those without a prediction included.
        there: int64 [n] which of them (from 0) can be predicted.
        ids: int32 [n, F]. labels: float64 [n], UNLABELLED where there is none.
        problem: what is wrong with the first one that cannot be predicted; empty if all can.
    """

    first: int
    size: int
    there: np.ndarray
    ids: np.ndarray
    labels: np.ndarray
    problem: str


def read(path: Path, encoder: Encoder) -> Iterator[Rows]:
    """The rows of a file in the format of the encoder's dataset, in order.

    Raises:
        UserError: the file is missing or not in that format.
    """
    if not path.is_file():
        raise UserError(f"{path}: {'is a folder, expected a file' if path.is_dir() else 'not found'}")
    raw = local.raw_file(path, encoder.form)
    labelled = _has_labels(raw, encoder.form)
    form = Unlabelled(encoder.form, labelled)
    entry = encoder.entry.model_copy(update={"rows": None, "split": "random"})
    first = 1
    with Bar(f"predicting {path.name}", None, "rows") as bar:
        for block in coded(raw, form, entry):
            ids = encoder.ids(block.codes, block.values)
            known = (ids >= 0).all(1)
            labels = block.labels[known] if labelled else np.full(int(known.sum()), UNLABELLED)
            problem = ""
            if len(block.bad):
                line, what = block.first_bad()
                problem = f"{block.file}: line {line}: {what}"
            elif not known.all():
                problem = _unknown(ids, block.records, first, path, encoder)
            yield Rows(first, block.size, block.records[known], ids[known], labels, problem)
            first += block.size
            bar.advance(block.size)


def _has_labels(raw: RawFile, form: Format) -> bool:
    """Whether the file has a column of labels: by name, or by the number of columns where they have no names."""
    found = header(raw, form)
    if form.layout.header:
        return form.layout.label is not None and form.layout.label.lower() in {name.lower() for name in found}
    return len(found) == len(form.layout.columns)


def _unknown(ids: np.ndarray, records: np.ndarray, first: int, path: Path, encoder: Encoder) -> str:
    row, field = np.argwhere(ids < 0)[0]
    column = encoder.form.layout.column(encoder.known.field_names[field])
    cure = "threshold: 2 or vocabulary: train gives the dataset a slot for such values"
    return f"{path.name}: row {first + records[row]}: {column} holds a value that training has not seen; {cure}"
