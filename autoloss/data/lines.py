"""The slow way through a block, line by line: only where something is wrong with it, to say what and where."""

import csv
import io
from collections.abc import Iterator

from autoloss.data.blocks import Block
from autoloss.datasets._format import Format, Layout

Row = tuple[int, list[str] | None]  # line number, values (None: not UTF-8, or quotes that do not close)


def rows(block: Block, layout: Layout) -> Iterator[Row]:
    """The rows of a block; blank lines are passed over."""
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
        return "not UTF-8 text, or a quote that does not close"
    return None if len(values) == columns else f"expected {columns} columns, found {len(values)}"


def well_shaped(block: Block, layout: Layout) -> tuple[bytes, list[int]]:
    """The records of a block that have the right shape, as text, and which of them (from 0) have not."""
    out, bad = io.StringIO(newline=""), []
    write = csv.writer(out, delimiter=layout.separator, lineterminator="\n").writerow
    for record, (_, values) in enumerate(rows(block, layout)):
        if shape_error(values, len(block.columns)):
            bad.append(record)
        elif layout.quoted:
            write(values)
        else:
            out.write(layout.separator.join(values) + "\n")
    return out.getvalue().encode("utf-8"), bad


def first_error(block: Block, form: Format, task: str, n_classes: int | None) -> tuple[int, str]:
    """(line number, what is wrong) of the first malformed row of a block that has one."""
    layout = form.layout
    for number, values in rows(block, layout):
        problem = shape_error(values, len(block.columns))
        if problem is None:
            row = dict(zip(block.columns, values, strict=True))
            problem = value_error(row, form, task, n_classes)
        if problem:
            return number, problem
    return block.line, "malformed"


def value_error(row: dict[str, str], form: Format, task: str, n_classes: int | None) -> str | None:
    """What is wrong with the values of a row (text by column name), if anything."""
    label = form.labels([row[form.layout.label]], task, n_classes)[0]
    if label != label:  # MALFORMED is not a number
        return f"{form.layout.label} is '{row[form.layout.label]}', expected {form.label_wanted}"
    for name in form.layout.fields:
        values = form.transform(name, [row[name]])
        if values is not None and values[0] is None:
            return f"{name} is '{row[name]}', expected {form.wanted(name)}"
    return None
