"""Parses a block of plain text fast, with Polars: ASCII, no quotes, the right number of columns in every line."""

import numpy as np
import polars as pl
import pyarrow as pa

from autoloss.data.encode import short_texts
from autoloss.data.encode.read.blocks import Block
from autoloss.data.encode.read.recipe import Column
from autoloss.datasets import Format

_UNUSUAL = (b'"', b"\r", b"\0")
_BLANK = (b" ", b"\t", b"\v", b"\f")  # Polars reads blanks alone as a missing integer
_LEAST = -(2**62)  # integers below might overflow in the recipe
_PIECE = 1 << 17  # bytes


def columns(block: Block, form: Format) -> list[Column] | None:
    """The block's columns that the layout wants, dictionary-encoded; None if anything about the block is unusual."""
    layout, data = form.layout, block.data
    lines = block.lines + (not data.endswith(b"\n"))
    separator = layout.separator.encode()
    unusual = (*_UNUSUAL, *(byte for byte in _BLANK if form.integers and byte != separator))
    if len(separator) > 1 or not data.isascii() or any(byte in data for byte in unusual):
        return None
    if _count(data, separator) != lines * (len(block.columns) - 1):
        return None
    try:
        frame = pl.read_csv(
            data, has_header=False, separator=layout.separator, quote_char=None, empty_string_is_null=False,
            schema={str(i): pl.Int64 if c in form.integers else pl.String for i, c in enumerate(block.columns)},
        )  # fmt: skip
    except pl.exceptions.PolarsError:  # a line with too many columns, or a text that should be an integer
        return None
    wanted = [frame[str(block.columns.index(name))] for name in layout.wanted]
    if len(frame) != lines or any(c.dtype == pl.Int64 and (c < _LEAST).any() for c in wanted):
        return None
    return [_encoded(column) for column in wanted]


def _count(data: bytes, byte: bytes) -> int:
    """How often a byte occurs in the text; counted in pieces that stay in the processor's cache."""
    text = np.frombuffer(data, np.uint8)
    return sum(int(np.count_nonzero(text[i : i + _PIECE] == ord(byte))) for i in range(0, len(text), _PIECE))


def _encoded(column: pl.Series) -> Column:
    array = column.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    if column.dtype != pl.String:
        coded = array.dictionary_encode(null_encoding="encode")
        return coded.indices.to_numpy(), coded.dictionary
    numbers = short_texts.of_views(array)
    coded = (array.cast(pa.string()) if numbers is None else pa.array(numbers)).dictionary_encode()
    return coded.indices.to_numpy(), coded.dictionary
