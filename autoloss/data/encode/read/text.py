"""A block of text → coded rows: plain text by Polars, quoted text by Arrow, anything else line by line."""

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from autoloss.config import Dataset
from autoloss.data.encode.read import recipe, text_fast, text_lines
from autoloss.data.encode.read.blocks import Block
from autoloss.data.encode.read.recipe import Coded, Column
from autoloss.datasets import Format

_DICTIONARY = pa.dictionary(pa.int32(), pa.string())


def parse(block: Block, form: Format, entry: Dataset) -> Coded:
    """The good rows of a block of text."""
    columns, misshapen = text_fast.columns(block, form), np.empty(0, np.int64)
    if columns is None:
        table, misshapen = _table(block, form)
        columns = [_column(table[name]) for name in form.layout.wanted]
    found = recipe.apply(columns, form, entry)
    records = np.arange(len(found.bad) + len(misshapen))
    if len(misshapen):
        records = np.delete(records, misshapen)
    return Coded(
        found.labels,
        found.codes,
        found.values,
        records=records[found.kept],
        bad=np.sort(np.concatenate([misshapen, records[found.bad]])),
        size=len(records) + len(misshapen),
        member=block.member,
        file=block.file,
        first_bad=partial(text_lines.first_error, block, form, entry),
    )


def _table(block: Block, form: Format) -> tuple[pa.Table, np.ndarray]:
    """The block's columns, dictionary-encoded, and the positions of its records that have the wrong shape."""
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
    clean, misshapen = text_lines.well_shaped(block, layout)
    return _read(clean, block, form), np.array(misshapen, np.int64)


def _read(data: bytes, block: Block, form: Format) -> pa.Table:
    layout = form.layout
    wanted = layout.wanted
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
            column_types=dict.fromkeys(wanted, _DICTIONARY), include_columns=list(wanted), strings_can_be_null=False
        ),
    )


def _column(column: pa.ChunkedArray) -> Column:
    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    return array.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), array.dictionary
