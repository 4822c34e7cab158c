"""Parses a block of text line by line: slow, used only to find out what is wrong in a block and where."""

import csv
import io
from collections.abc import Iterator

from autoloss.config import Dataset
from autoloss.data.encode.read.blocks import Block
from autoloss.data.encode.read.recipe import value_error
from autoloss.datasets import Format, Layout

csv.field_size_limit(2**31 - 1)  # a long text is no error; the default refuses 131,072 characters and more
Row = tuple[int, list[str] | None]  # line number, values (None: not UTF-8, or an unclosed quote)


def rows(block: Block, layout: Layout) -> Iterator[Row]:
    """The rows of a block; blank lines are skipped."""
    if layout.multiline:
        yield from _records(block, layout)
        return
    for number, raw in enumerate(block.data.split(b"\n"), block.line):
        raw = raw.removesuffix(b"\r")
        if raw:
            yield number, _values(raw, layout)


def _values(raw: bytes, layout: Layout) -> list[str] | None:
    try:
        text = raw.decode("utf-8")
        if not layout.quoted:
            return text.split(layout.separator)
        return next(csv.reader([text], delimiter=layout.separator, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None


def _records(block: Block, layout: Layout) -> Iterator[Row]:
    """Rows whose quoted values may span lines."""
    text = io.StringIO(block.data.decode("utf-8", "surrogateescape"), newline="")
    reader = csv.reader(text, delimiter=layout.separator, strict=True)
    while True:
        number = block.line + reader.line_num
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, None
            continue
        if values:
            yield number, values if _encodable("".join(values)) else None


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def shape_error(values: list[str] | None, columns: int) -> str | None:
    """What is wrong with the shape of a row, if anything."""
    if values is None:
        return "not UTF-8 text, or an unclosed quote"
    return None if len(values) == columns else f"expected {columns} columns, found {len(values)}"


def well_shaped(block: Block, layout: Layout) -> tuple[bytes, list[int]]:
    """The records of a block that have the right shape, as text, and the positions (from 0) of the others."""
    out, bad = io.StringIO(newline=""), []
    write = csv.writer(out, delimiter=layout.separator, lineterminator="\n").writerow
    for record, (_, values) in enumerate(rows(block, layout)):
        if values is None or shape_error(values, len(block.columns)):
            bad.append(record)
        elif layout.quoted:
            write(values)
        else:
            out.write(layout.separator.join(values) + "\n")
    return out.getvalue().encode("utf-8"), bad


def first_error(block: Block, form: Format, entry: Dataset) -> tuple[int, str]:
    """(line number, what is wrong) of the first malformed row of a block that has one."""
    layout = form.layout
    for number, values in rows(block, layout):
        problem = shape_error(values, len(block.columns))
        if values is not None and problem is None:
            row = dict(zip(block.columns, values, strict=True))
            problem = value_error(row, form, entry)
        if problem:
            return number, problem
    return block.line, "malformed"
