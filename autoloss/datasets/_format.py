"""The contract of a raw format: its columns, labels and values, its published archives, and its generator."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autoloss.errors import UserError

MALFORMED = float("nan")  # a label that is none: its row is malformed
DROPPED = float("inf")  # a label that the settings leave out: its row is skipped, and is not malformed


@dataclass(frozen=True)
class Layout:
    """How a text file of the format is laid out.

    Attributes:
        columns: the columns of the file, in order where there is no header line.
        label: the column that holds the label.
        fields: the feature fields, in the order of the encoded ids (none: `Format.fitted` finds them in the header).
        separator: between the columns.
        header: whether the first line names the columns (their order is then free).
        quoted: whether values may stand in double quotes.
        multiline: whether a quoted value may contain line breaks.
    """

    columns: tuple[str, ...]
    label: str
    fields: tuple[str, ...]
    separator: str = ","
    header: bool = True
    quoted: bool = True
    multiline: bool = False


@dataclass(frozen=True)
class Archive:
    """A published archive.

    Attributes:
        filename: what it is called in AUTOLOSS_MIRROR and in the raw folder.
        urls: mirrors, tried in order; none where an account is needed.
        members: the files inside that hold rows, in order; three of them are a published split.
        also: other files that belong inside.
        size: bytes. md5, member_md5: published checksums of the archive and of its members.
        terms, citation: printed before the first download and kept in meta.json.
        by_hand: what to do where there is no url.
    """

    filename: str
    urls: tuple[str, ...]
    members: tuple[str, ...]
    also: tuple[str, ...] = ()
    size: int | None = None
    md5: str | None = None
    member_md5: dict[str, str] = field(default_factory=dict)
    terms: str = ""
    citation: str = ""
    by_hand: str = ""


@dataclass(frozen=True)
class Expected:
    """What is known of the whole data set, for a check after encoding.

    Attributes:
        rows: how many.
        field_sizes: of each field, or None where only their sum is known.
        n_features: sum of the field sizes.
        label_share: share of positives (binary), or None.
        threshold: under which these sizes hold (with the vocabulary of all rows).
    """

    rows: int
    n_features: int
    threshold: int
    field_sizes: tuple[int, ...] | None = None
    label_share: float | None = None


class Format:
    """A raw format. A subclass sets `layout`, and overrides what differs.

    Attributes:
        tasks: what can be learned from it.
        defaults: settings of a dataset that no params.yaml describes (`autoloss data encode`).
        archive: where the published data is, or None.
        expected: facts about the published data under the paper's settings, or None.
        synthetic_file: what the generator calls its file.
        paper: (rows, fields, feature values) as the paper's table has them, or None.
        label_wanted: what a label may be, for the message about a malformed row.
        integers: the fields that `transform` maps by `_values.bucket`.
    """

    tasks: tuple[str, ...] = ("binary",)
    defaults: dict[str, object] = {}
    layout: Layout
    archive: Archive | None = None
    expected: Expected | None = None
    synthetic_file = "train.csv"
    paper: tuple[int, int, int] | None = None
    label_wanted = "0 or 1"
    integers: frozenset[str] = frozenset()

    def labels(self, raw: Sequence[str], task: str, n_classes: int | None) -> np.ndarray:
        """[V] the label that each of the distinct label texts means; MALFORMED or DROPPED where it is none."""
        meaning = {"0": 0.0, "1": 1.0}
        return np.array([meaning.get(text, MALFORMED) for text in raw])

    def transform(self, field_name: str, raw: Sequence[str]) -> list[str | None] | None:
        """The value that each of the distinct texts of a field means (None: malformed), or None: taken as they are."""
        return None

    def wanted(self, field_name: str) -> str:
        """What a field may hold, for the message about a malformed row."""
        return "a value"

    def fitted(self, columns: tuple[str, ...]) -> "Format":
        """The format with the fields that a file with these columns has."""
        return self

    def companion(self) -> tuple[str, str, str] | None:
        """(member, column, field): a second file of the archive that lists further values of a field."""
        return None

    def truth(self, stored: np.ndarray, task: str, n_classes: int | None) -> np.ndarray:
        """[N, C] (or [N] for binary: of the positive) true probabilities, from what the synthetic generator stored."""
        return stored

    def synthetic(self, folder: Path, rows: int, seed: int) -> None:
        """Writes `synthetic_file` with so many generated rows, and truth.npy with their true probabilities.

        One seed gives one file, byte for byte.
        """
        raise UserError(f"{type(self).__name__.lower()}: there is no generator of synthetic rows; set source to a file")
