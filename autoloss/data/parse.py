"""A block of text → the distinct values of each column, and where they stand (dictionary encoding).

Everything that is done to values (labels, categories of integers, checks) is done to the distinct ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from autoloss.data import keys, lines, plain
from autoloss.data.blocks import Block
from autoloss.data.plain import Column
from autoloss.datasets._format import DROPPED, Format
from autoloss.datasets._values import MISSING, buckets

_DICTIONARY = pa.dictionary(pa.int32(), pa.string())


@dataclass
class Coded:
    """The good rows of a block.

    Attributes:
        labels: float64 [n].
        codes: of each field, int32 [n] index into its values.
        values: of each field, distinct texts of the block as the recipe maps them (several may be alike,
            and some may have no row); as the numbers of `keys`, if all of them are short.
        records: int64 [n] which of the block's records each row is (ascending).
        bad: int64 [m] which records are malformed.
        size: records in the block: good, malformed, and left out by the settings.
        member, file: the file that the block came from.
        first_bad: finds (line, what is wrong) of the first malformed record.
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
        return replace(self, labels=self.labels[:n], codes=[c[:n] for c in self.codes], records=self.records[:n],
                       bad=self.bad[self.bad < size], size=min(size, self.size))  # fmt: skip


def parse(block: Block, form: Format, task: str, n_classes: int | None) -> Coded:
    """The good rows of a block of text."""
    columns, misshapen = plain.columns(block, form), np.empty(0, np.int64)
    if columns is None:
        table, misshapen = _table(block, form)
        columns = [_column(table[name]) for name in (form.layout.label, *form.layout.fields)]
    labels, codes, values, bad, keep = apply_recipe(columns, form, task, n_classes)
    records = np.arange(len(bad) + len(misshapen))
    if len(misshapen):
        records = np.delete(records, misshapen)
    return Coded(
        labels, codes, values, records[keep], np.sort(np.concatenate([misshapen, records[bad]])),
        len(records) + len(misshapen), block.member, block.file,
        partial(lines.first_error, block, form, task, n_classes),
    )  # fmt: skip


def apply_recipe(
    columns: list[Column], form: Format, task: str, n_classes: int | None
) -> tuple[np.ndarray, list[np.ndarray], list[pa.Array], np.ndarray, np.ndarray]:
    """What dictionary-encoded columns (label first) mean, worked out on their distinct values.

    Returns:
        labels, codes and values as in `Coded`, of the rows that are kept; bool [n] malformed; bool [n] kept.
    """
    (label_codes, label_texts), *fields = columns
    labels = (
        form.labels(keys.texts(label_texts).to_pylist(), task, n_classes)[label_codes]
        if len(label_codes)
        else np.empty(0)
    )
    bad = np.isnan(labels)
    codes, values = [], []
    for name, (field_codes, texts) in zip(form.layout.fields, fields, strict=True):
        if pa.types.is_int64(texts.type):
            field_codes, texts = _categories(field_codes, texts)
        elif form.transform(name, ()) is not None:
            mapped = form.transform(name, keys.texts(texts).to_pylist())
            if None in mapped:
                bad |= np.array([v is None for v in mapped])[field_codes]
            texts = pa.array(mapped, pa.string())
        codes.append(field_codes)
        values.append(keys.shortened(texts))
    keep = ~bad & (labels != DROPPED)
    if not keep.all():
        labels, codes = labels[keep], [c[keep] for c in codes]
    return labels, codes, values, bad, keep


def _categories(codes: np.ndarray, integers: pa.Array) -> Column:
    """The categories that the recipe makes of integers (null: an empty text); many share one."""
    there = integers.is_valid().to_numpy(zero_copy_only=False)
    categories = pa.array(buckets(integers.fill_null(0).to_numpy()), mask=~there)
    coded = categories.dictionary_encode(null_encoding="encode")
    return coded.indices.to_numpy()[codes], coded.dictionary.cast(pa.string()).fill_null(MISSING)


def _table(block: Block, form: Format) -> tuple[pa.Table, np.ndarray]:
    """The block's columns, dictionary-encoded, and which of its records did not have the right shape."""
    layout = form.layout
    try:
        table = _read(block.data, block, form)
    except pa.ArrowInvalid:
        table = None
    if not layout.multiline and table is not None:
        lines_there = block.lines + (not block.data.endswith(b"\n"))
        if len(table) != lines_there:  # blank lines, or a quote that swallowed lines
            table = None
    if table is not None:
        return table, np.empty(0, np.int64)
    clean, misshapen = lines.well_shaped(block, layout)
    return _read(clean, block, form), np.array(misshapen, np.int64)


def _read(data: bytes, block: Block, form: Format) -> pa.Table:
    layout = form.layout
    wanted = [layout.label, *layout.fields]
    if not data:
        return pa.table({name: pa.array([], pa.string()).dictionary_encode() for name in wanted})
    return pacsv.read_csv(
        pa.BufferReader(data),
        pacsv.ReadOptions(column_names=list(block.columns), use_threads=False, block_size=len(data) + 1),
        pacsv.ParseOptions(
            delimiter=layout.separator,
            quote_char='"' if layout.quoted else False,
            newlines_in_values=layout.multiline,
        ),
        pacsv.ConvertOptions(
            column_types=dict.fromkeys(wanted, _DICTIONARY), include_columns=wanted, strings_can_be_null=False
        ),
    )


def _column(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    return array.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), array.dictionary
