"""Raw rows → ids, with the vocabulary, the bins and the calendar parts that a dataset was encoded with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from autoloss.config import Dataset
from autoloss.data import columns, facts
from autoloss.data.encode.vocabulary import Vocabulary
from autoloss.data.facts import Facts
from autoloss.datasets import Format, Target

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

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """The columns of a raw file that the features come from."""
        return self.form.without_labels().layout.wanted

    def ids(self, codes: Sequence[np.ndarray], values: Sequence[pa.Array]) -> np.ndarray:
        """int32 [n, F] ids of rows; -1 for an unseen value of a field that has no rare-value slot.

        Args:
            codes: of each field, [n] index into its values. values: of each field, its categories.
        """
        found = [self.vocabulary.ids(field, of_field) for field, of_field in enumerate(values)]
        return np.stack([ids[of_row] for ids, of_row in zip(found, codes, strict=True)], 1).astype(np.int32)


def load(folder: Path) -> Encoder:
    """The encoder of a dataset, from its files meta.json, columns.json (of a table) and vocabulary.parquet.

    Raises:
        UserError: a file is missing or damaged.
    """
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
