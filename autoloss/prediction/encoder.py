"""Raw rows → ids, with the vocabulary, the bins and the calendar parts that a dataset was encoded with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from autoloss.config import Dataset
from autoloss.data import columns, encoder_files, facts
from autoloss.data.encode.read import recipe
from autoloss.data.encode.read.parquet import encoded
from autoloss.data.encode.vocabulary import Vocabulary
from autoloss.data.facts import Facts
from autoloss.datasets import Format, Target
from autoloss.errors import UserError
from autoloss.training.spec import DataIdentity

if TYPE_CHECKING:
    from autoloss.cells.finished import FinishedCell

UNLABELLED = -np.inf  # the label of a row that has none, or one that the settings leave out


@dataclass(frozen=True)
class Encoder:
    """What turns raw rows into the ids that a model was trained on.

    Attributes:
        known: the facts of the encoded dataset.
        entry: its settings.
        form: its raw format, as fitted on its rows.
        vocabulary: the ids of its values.
    """

    known: Facts
    entry: Dataset
    form: Format
    vocabulary: Vocabulary

    def ids(self, codes: Sequence[np.ndarray], values: Sequence[pa.Array]) -> np.ndarray:
        """int32 [n, F] ids of rows; -1 for an unseen value of a field that has no rare-value slot.

        Args:
            codes: of each field, [n] index into its values. values: of each field, its categories.
        """
        found = [self.vocabulary.ids(field, of_field) for field, of_field in enumerate(values)]
        return np.stack([ids[of_row] for ids, of_row in zip(found, codes, strict=True)], 1).astype(np.int32)

    def encode(self, table: Mapping[str, pa.Array], source: object) -> tuple[np.ndarray, np.ndarray]:
        """(int32 [n, F] ids, int64 [n] row of each) of the rows of a table that can be predicted; labels are not read.

        Args:
            table: columns by name. source: where it is, for messages.

        Raises:
            UserError: a column is missing, or holds neither texts nor numbers, dates or booleans.
        """
        form = self.form.without_labels()
        for name in form.layout.wanted:
            if name not in table:
                raise UserError(f"{source}: column '{name}' is missing; found {', '.join(table)[:300]}")
        found = recipe.apply([encoded(name, table[name], source) for name in form.layout.wanted], form, self.entry)
        ids = self.ids(found.codes, found.values)
        known = (ids >= 0).all(1)
        return ids[known], np.flatnonzero(found.kept)[known]


def folder_of(cell: "FinishedCell", data: Path) -> Path:
    """Where the encoder of a cell's dataset is: with the cell, or else (an earlier version) with the encoded data.

    Args:
        cell: the cell. data: `data/encoded/<scale>/<dataset>`.

    Raises:
        UserError: it is with neither, or the data were encoded anew with another outcome.
    """
    if (cell.folder / facts.FILE).is_file():
        cell.check(facts.FILE)
        return cell.folder
    about, name = cell.about, cell.about.dataset
    again = f"bring the settings of {name} back in params.yaml, and run `autoloss data prepare {name}`"
    if not (known := facts.find(data)):
        raise UserError(f"{data}: not there, and {about.id} was trained on it: {again}")
    if DataIdentity.of(known) != about.spec.data:
        raise UserError(
            f"{data}: is not what {about.id} was trained on, so that its ids mean something else: train the cells of "
            f"{name} again, or {again}"
        )
    return data


def load(folder: Path) -> Encoder:
    """The encoder of a dataset, from its files meta.json, columns.json (of a table) and vocabulary.parquet.

    Raises:
        UserError: a file is missing or damaged.
    """
    encoder_files.check(folder)
    known = facts.read(folder)
    entry = Dataset.model_validate(known.settings)
    return Encoder(known, entry, columns.form(folder, known), Vocabulary.read(folder, list(known.field_names)))


class Unlabelled(Format):
    """A format whose rows count even if their labels are missing or unknown.

    Args:
        form: the format itself.
        labelled: whether the file has a column of labels.
    """

    def __init__(self, form: Format, labelled: bool):
        self.form = form if labelled else form.without_labels()
        self.layout, self.integers, self.archive = self.form.layout, form.integers, form.archive
        self.synthetic_file = form.synthetic_file

    def labels(self, raw: Sequence[str], target: Target) -> np.ndarray:
        """[V] the label for each of the distinct texts; UNLABELLED if it has none."""
        found = self.form.labels(raw, target)
        return np.where(np.isfinite(found), found, UNLABELLED)

    def transform(self, field_name: str, raw: Sequence[str]) -> list[str | None] | None:
        """As the format itself."""
        return self.form.transform(field_name, raw)

    def wanted_value(self, field_name: str) -> str:
        """As the format itself."""
        return self.form.wanted_value(field_name)
