"""The contract of a raw format: its columns, labels and values, its published archives, and its generator."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np

from autoloss.datasets._columns import Columns
from autoloss.datasets._survey import Survey
from autoloss.datasets._target import Target
from autoloss.errors import UserError

MALFORMED = float("nan")  # of a text that is no label: its row is malformed
DROPPED = float("inf")  # of a label that the settings leave out: its row is skipped without being malformed


@dataclass(frozen=True)
class Layout:
    """How a text file of the format is laid out.

    Attributes:
        columns: the columns of the file, in order if there is no header line.
        label: the column that holds the label; None if the file has no labels.
        fields: the feature fields, in the order of the encoded ids (empty: `Format.fitted` finds them in the file).
        derived: of a field that is named otherwise than its column, the column: several fields may come from one.
        separator: between the columns.
        header: whether the first line names the columns (their order is then free).
        quoted: whether values may be in double quotes.
        multiline: whether a quoted value may contain line breaks.
    """

    columns: tuple[str, ...]
    label: str | None
    fields: tuple[str, ...]
    separator: str = ","
    header: bool = True
    quoted: bool = True
    multiline: bool = False
    derived: Mapping[str, str] = field(default_factory=dict)

    def column(self, field_name: str) -> str:
        """The column that a field comes from."""
        return self.derived.get(field_name, field_name)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that are read, each once: the label, if there is one, then those of the fields."""
        label = () if self.label is None else (self.label,)
        return (*label, *dict.fromkeys(map(self.column, self.fields)))


@dataclass(frozen=True)
class Archive:
    """A published archive.

    Attributes:
        filename: its name in AUTOLOSS_MIRROR and in the raw folder.
        urls: mirrors, tried in order; empty if an account is needed.
        members: the files inside that hold rows, in order; three of them are a published split.
        also: other files that belong inside.
        size: bytes. md5, member_md5: published checksums of the archive and of its members.
        terms, citation: printed before the first download and stored in meta.json.
        by_hand: what to do if there is no url.
    """

    filename: str
    urls: tuple[str, ...]
    members: tuple[str, ...]
    also: tuple[str, ...] = ()
    size: int | None = None
    md5: str | None = None
    member_md5: Mapping[str, str] = field(default_factory=dict)
    terms: str = ""
    citation: str = ""
    by_hand: str = ""


@dataclass(frozen=True)
class Published:
    """The counts of the complete dataset. The checks, the tables and the paper's claims all take them from here.

    Attributes:
        rows, fields, feature_values, classes: how many. Feature values are the sum of the field sizes.
        threshold: at which the feature values hold (with the vocabulary of all rows).
        field_sizes: of each field, or None if only their sum is known.
        label_share: share of positives (binary), or None.
        in_paper: whether the paper states these counts; otherwise they follow from its preprocessing.
    """

    rows: int
    fields: int
    feature_values: int
    classes: int
    threshold: int
    field_sizes: tuple[int, ...] | None = None
    label_share: float | None = None
    in_paper: bool = True


class ValueList(NamedTuple):
    """A second file of an archive that lists the values of a field: its `member`, the `column`, and the `field`."""

    member: str
    column: str
    field: str


class Format:
    """A raw format. A subclass sets `layout` and overrides what differs.

    Attributes:
        tasks: what can be learned from it.
        defaults: settings of a dataset that is not in params.yaml (`autoloss data encode`).
        archive: where the data are published, or None.
        published: the counts of the complete published data, or None.
        synthetic_file: name of the generated file.
        integers: the fields that `transform` maps by `bucket`.
        learns_columns: whether a file must be surveyed before it can be read.
        learned: how a survey decided to read the columns, if it did.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary",)
    defaults: ClassVar[Mapping[str, object]] = {}
    published: ClassVar[Published | None] = None
    layout: Layout
    archive: Archive | None = None
    synthetic_file: str = "train.csv"
    integers: frozenset[str] = frozenset()
    learns_columns: ClassVar[bool] = False
    learned: Columns | None = None

    def expected(self) -> Published | None:
        """The counts that the archive has under these parameters, or None if they are not known."""
        return self.published

    def labels(self, raw: Sequence[str], target: Target) -> np.ndarray:
        """[V] the label for each of the distinct label texts; MALFORMED or DROPPED if it has none."""
        meaning = {"0": 0.0, "1": 1.0}
        return np.array([meaning.get(text, MALFORMED) for text in raw])

    def transform(self, field_name: str, raw: Sequence[str]) -> list[str | None] | None:
        """The category of each of the distinct texts of a field (None: malformed), or None to use the texts as is."""
        return None

    def wanted_label(self, target: Target) -> str:
        """What a label may be, for the message about a malformed row."""
        return "0 or 1"

    def wanted_value(self, field_name: str) -> str:
        """What a field may hold, for the message about a malformed row."""
        return "a value"

    def surveyed(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Of the columns of a file, those that a survey must look at; only for a format that learns them.

        Raises:
            UserError: a column that the settings name is missing.
        """
        return columns

    def fitted(self, survey: Survey, target: Target) -> "Format":
        """The format with the fields of a surveyed file; only for a format that learns them (`learns_columns`)."""
        return self

    def restored(self, columns: Columns) -> "Format":
        """The format as an earlier file fitted it."""
        return self

    def without_labels(self) -> "Format":
        """The format of a file that lacks the column of labels."""
        other = copy(self)
        names = tuple(name for name in self.layout.columns if name != self.layout.label)
        other.layout = replace(self.layout, columns=names, label=None)
        return other

    def listed_values(self) -> ValueList | None:
        """A second file of the archive that lists values of a field, whether a row has them or not."""
        return None

    def truth(self, stored: np.ndarray, target: Target) -> np.ndarray:
        """The truth about rows, from what the generator stored of them.

        Returns:
            [N, C] class probabilities; [N] probability of the positive (binary) or expected label (regression).
        """
        return stored

    def synthetic(self, folder: Path, rows: int, seed: int) -> None:
        """Writes `synthetic_file` with `rows` generated rows, and truth.npy with their true probabilities.

        The same seed gives the same file, byte for byte.
        """
        raise UserError(f"{type(self).__name__.lower()}: cannot generate synthetic rows; set source to a file")
