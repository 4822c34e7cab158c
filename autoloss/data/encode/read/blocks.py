"""Cuts a byte stream into blocks of whole lines, each with the number of its first line."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from autoloss.data.fetch.archives import reading
from autoloss.data.fetch.raw_file import Member, Readable
from autoloss.datasets import Layout
from autoloss.errors import UserError

BLOCK = 12 << 20  # bytes of text per block; results do not depend on it
LONGEST = 64 << 20  # bytes without a line break that are still taken for text
BOM = b"\xef\xbb\xbf"
_SAMPLE = 4096  # bytes that tell binary content from text


@dataclass(frozen=True)
class Block:
    """Whole lines of a file.

    Attributes:
        data: their bytes. line: number of the first one, from 1. lines: number of line breaks.
        file: its name, for messages. member: its number among the files with rows.
        columns: names of the file's columns, in order.
    """

    data: bytes
    line: int
    lines: int
    file: str
    member: int
    columns: tuple[str, ...]


def blocks(member: Member, number: int, layout: Layout, md5: str | None = None) -> Iterator[Block]:
    """The blocks of one file, without its header line.

    Raises:
        UserError: the header lacks a column; the file is not text, is damaged, or differs from its published md5.
    """
    with reading(member.name), member.open() as stream:
        source = _Hashing(stream) if md5 else stream
        line, columns = 1, layout.columns
        for data in _whole_lines(source, member.name, layout.multiline):
            if line == 1:
                data = data.removeprefix(BOM)
                if layout.header:
                    head, _, data = data.partition(b"\n")
                    columns, line = _columns(head, layout, member.name), 2
            if data:
                lines = data.count(b"\n")
                yield Block(data, line, lines, member.name, number, columns)
                line += lines
        if line == 1 and layout.header:
            raise UserError(f"{member.name}: empty, expected a header line with {', '.join(layout.columns)}")
        if isinstance(source, _Hashing) and (found := source.md5.hexdigest()) != md5:
            raise UserError(f"{member.name}: its md5 is {found}, expected {md5} as published")


def _whole_lines(stream: Readable, name: str, multiline: bool) -> Iterator[bytes]:
    rest, first = b"", True
    while piece := stream.read(BLOCK):
        if first:
            _check_text(piece, name)
            first = False
        if multiline:  # whether a line break ends a row depends on the quotes before it
            rest, piece = b"", rest + piece
        cut = _cut(piece, multiline)
        if cut:
            whole = memoryview(piece)
            yield b"".join((rest, whole[:cut]))
            rest = bytes(whole[cut:])
        else:
            rest += piece
        if len(rest) > LONGEST and not cut:
            what = "an unclosed quote or no line break" if multiline else "no line break"
            raise UserError(f"{name}: {what} in {len(rest)} bytes, expected lines of text")
    if rest:
        yield rest


def _cut(data: bytes, multiline: bool) -> int:
    """Number of bytes up to the last line break (outside quotes)."""
    cut = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, cut) if multiline else 0
    while quotes % 2:
        before = data.rfind(b"\n", 0, cut - 1) + 1
        quotes -= data.count(b'"', before, cut)
        cut = before
    return cut


def header(member: Member, separator: str) -> tuple[str, ...]:
    """The column names in a file's first line."""
    with reading(member.name), member.open() as stream:
        begin = stream.read(1 << 20)
        _check_text(begin, member.name)
        return tuple(_names(begin.removeprefix(BOM).partition(b"\n")[0], separator, member.name))


def _check_text(begin: bytes, name: str) -> None:
    """Refuses a file that begins like no text in lines.

    Raises:
        UserError: binary content, or line ends that are carriage returns alone.
    """
    sample = begin[:_SAMPLE].decode("utf-8", "replace")
    strange = sum(c == "\ufffd" or (c < " " and c not in "\t\r\n\v\f") for c in sample)
    if "\0" in sample or strange > len(sample) / 10:
        raise UserError(f"{name}: binary content, expected text (UTF-8), gz, zip, tar or parquet")
    if b"\r" in begin and b"\n" not in begin:
        raise UserError(f"{name}: lines end with carriage returns alone, expected line feeds; convert the file")


def _names(head: bytes, separator: str, name: str) -> list[str]:
    text = head.decode("utf-8", "replace").strip("\r\n")
    try:
        return [column.strip() for column in next(csv.reader([text], delimiter=separator), [])]
    except csv.Error as error:
        raise UserError(f"{name}: line 1: expected column names, found a line that is not csv ({error})") from None


def _columns(head: bytes, layout: Layout, name: str) -> tuple[str, ...]:
    """The file's columns in its order, named as in the layout (case is ignored)."""
    found = _names(head, layout.separator, name)
    ours = {c.lower(): c for c in layout.columns}
    columns = tuple(ours.get(c.lower(), c) for c in found)
    for column in layout.wanted:
        if columns.count(column) != 1:
            times = "is missing" if column not in columns else "occurs twice"
            raise UserError(f"{name}: line 1: column '{column}' {times}; found {', '.join(found)[:300]}")
    return columns


class _Hashing:
    """A stream whose bytes are hashed as they are read."""

    def __init__(self, stream: Readable):
        self.stream, self.md5 = stream, hashlib.md5(usedforsecurity=False)

    def read(self, size: int = -1, /) -> bytes:
        data = self.stream.read(size)
        self.md5.update(data)
        return data
