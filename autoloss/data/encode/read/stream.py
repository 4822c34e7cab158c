"""A raw file as a stream of coded blocks: parsed in parallel, yielded in order."""

from collections.abc import Iterator

from autoloss.config import Dataset
from autoloss.data.encode.parallel import ordered
from autoloss.data.encode.read import blocks, parquet
from autoloss.data.encode.read.recipe import Coded
from autoloss.data.encode.read.text import parse
from autoloss.data.fetch import archives
from autoloss.data.fetch.raw_file import Member, RawFile
from autoloss.datasets import Format
from autoloss.errors import UserError


def header(raw: RawFile, form: Format) -> tuple[str, ...]:
    """The column names of a raw file."""
    if archives.kind(raw.path) == "parquet":
        return parquet.columns(raw.path)
    return blocks.header(raw.members[0], form.layout.separator)


def coded(raw: RawFile, form: Format, entry: Dataset) -> Iterator[Coded]:
    """The blocks of all members, in order, up to the number of rows that the entry asks for.

    With a published split and `rows`, eight tenths come from the first member and one tenth from each other.
    """
    left = _rows_wanted(entry, len(raw.members))
    for number, member in enumerate(raw.members):
        limit = left[number] if entry.split == "published" else left[0]
        for block in _member(raw, number, member, form, entry):
            if limit is not None:
                block = block.head(limit)
                limit -= block.size
            yield block
            if limit == 0:
                break
        if entry.split != "published":
            left[0] = limit
            if limit == 0:
                return


def _rows_wanted(entry: Dataset, members: int) -> list[int | None]:
    """Rows to take (None: all) from each member of a published split, or from all members together (one number)."""
    if entry.split != "published":
        return [entry.rows]
    if members != 3:
        raise UserError(
            f"dataset '{entry.name}': split published needs an archive with train, valid and test files, found one file"
        )
    if entry.rows is None:
        return [None] * 3
    tenth = entry.rows // 10
    return [entry.rows - 2 * tenth, tenth, tenth]


def _member(raw: RawFile, number: int, member: Member, form: Format, entry: Dataset) -> Iterator[Coded]:
    if archives.kind(raw.path) == "parquet":
        yield from parquet.batches(raw.path, form, entry)
        return
    md5 = raw.md5.get(member.name.rsplit("/", 1)[-1]) if entry.rows is None else None
    text = blocks.blocks(member, number, form.layout, md5)
    yield from ordered(lambda block: parse(block, form, entry), text)
