"""Dictionary-encoded columns → labels and categories: the format's rules, applied to the distinct values only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from autoloss.config import Dataset
from autoloss.data.encode import short_texts
from autoloss.datasets import DROPPED, MISSING, Format, Target, buckets

# int32 [n] codes, and the distinct values: texts (string, or uint64 of `short_texts`), or integers (int64, null: empty)
Column = tuple[np.ndarray, pa.Array]


@dataclass(frozen=True)
class Meaning:
    """What the rows of some columns mean.

    Attributes:
        labels: float64 [k] of the rows that are kept; zeros if the file has none.
        codes: of each field, int32 [k] index into its values.
        values: of each field, the categories (several may be equal, and some may have no row); as the numbers of
            `short_texts` if all of them are short.
        bad: bool [n] malformed rows. kept: bool [n] rows that are neither malformed nor left out by the settings.
    """

    labels: np.ndarray
    codes: list[np.ndarray]
    values: list[pa.Array]
    bad: np.ndarray
    kept: np.ndarray


@dataclass(frozen=True)
class Coded:
    """The good rows of a block.

    Attributes:
        labels, codes, values: as in `Meaning`.
        records: int64 [k] position of each row among the block's records (ascending).
        bad: int64 [m] positions of the malformed records.
        size: number of records in the block: good, malformed, and left out by the settings.
        member, file: number and name of the file that the block came from.
        first_bad: finds (line number, what is wrong) of the first malformed record.
    """

    labels: np.ndarray
    codes: list[np.ndarray]
    values: list[pa.Array]
    records: np.ndarray
    bad: np.ndarray
    size: int
    member: int
    file: str
    first_bad: Callable[[], tuple[int, str]]

    def __len__(self) -> int:
        return len(self.labels)

    def head(self, size: int) -> "Coded":
        """The first `size` records."""
        n = int(np.searchsorted(self.records, size))
        return replace(
            self,
            labels=self.labels[:n],
            codes=[c[:n] for c in self.codes],
            records=self.records[:n],
            bad=self.bad[self.bad < size],
            size=min(size, self.size),
        )


def apply(columns: Sequence[Column], form: Format, entry: Dataset) -> Meaning:
    """What the columns that `form.layout` wants mean, dictionary-encoded."""
    of_name = dict(zip(form.layout.wanted, columns, strict=True))
    labels = _labels(of_name, form, entry)
    bad = np.isnan(labels)
    codes, values = [], []
    for name in form.layout.fields:
        field_codes, distinct = of_name[form.layout.column(name)]
        if pa.types.is_int64(distinct.type):
            field_codes, distinct = _categories(field_codes, distinct)
        elif form.transform(name, ()) is not None:  # asked with no texts first: to list those of a field is slow
            mapped = form.transform(name, short_texts.texts(distinct).to_pylist()) or []
            if None in mapped:
                bad |= np.array([v is None for v in mapped])[field_codes]
            distinct = pa.array(mapped, pa.string())
        codes.append(field_codes)
        values.append(short_texts.shortened(distinct))
    kept = ~bad & (labels != DROPPED)
    if not kept.all():
        labels, codes = labels[kept], [c[kept] for c in codes]
    return Meaning(labels, codes, values, bad, kept)


def value_error(row: dict[str, str], form: Format, entry: Dataset) -> str | None:
    """What is wrong with the values of one row (text by column name), if anything."""
    target, label = Target.of(entry), form.layout.label
    if label is not None and np.isnan(form.labels([row[label]], target)[0]):  # MALFORMED
        return f"{label} is {shown(row[label])}, expected {form.wanted_label(target)}"
    for name in form.layout.fields:
        column = form.layout.column(name)
        values = form.transform(name, [row[column]])
        if values is not None and values[0] is None:
            return f"{column} is {shown(row[column])}, expected {form.wanted_value(name)}"
    return None


def shown(text: str) -> str:
    """A value in quotes, as a message may show it: short and printable."""
    text = text if len(text) <= 60 else f"{text[:60]}…"
    return f"'{text}'" if text.isprintable() else ascii(text)


def _labels(columns: Mapping[str, Column], form: Format, entry: Dataset) -> np.ndarray:
    """float64 [n] the label of each row, MALFORMED or DROPPED included; zeros if the file has none."""
    if form.layout.label is None:
        return np.zeros(len(next(iter(columns.values()))[0]))
    codes, texts = columns[form.layout.label]
    if not len(codes):
        return np.empty(0)
    return form.labels(short_texts.texts(texts).to_pylist(), Target.of(entry))[codes]


def _categories(codes: np.ndarray, integers: pa.Array) -> Column:
    """The categories of integers (null: an empty text); many integers share one."""
    there = integers.is_valid().to_numpy(zero_copy_only=False)
    categories = pa.array(buckets(integers.fill_null(0).to_numpy()), mask=~there)
    coded = categories.dictionary_encode(null_encoding="encode")
    return coded.indices.to_numpy()[codes], coded.dictionary.cast(pa.string()).fill_null(MISSING)
