"""A raw file as a stream of dictionary-encoded blocks, parsed side by side and given out in order."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from autoloss.config import Dataset
from autoloss.data import archives, blocks, lines
from autoloss.data.archives import Member
from autoloss.data.parse import Coded, Column, apply_recipe, parse
from autoloss.datasets._format import Format
from autoloss.errors import UserError

_BATCH = 200_000  # rows of a parquet file that are read at once
A, B = TypeVar("A"), TypeVar("B")


@dataclass(frozen=True)
class Raw:
    """A raw file that is there.

    Attributes:
        path: the file. members: the files in it that hold rows.
        md5: published checksums of members, by base name.
        about: where it came from, for meta.json.
        truth: the true probabilities of its rows, if it was synthetic.
    """

    path: Path
    members: list[Member]
    md5: dict[str, str] = field(default_factory=dict)
    about: dict[str, object] = field(default_factory=dict)
    truth: Path | None = None


def header(raw: Raw, form: Format) -> tuple[str, ...]:
    """The columns that the first file names."""
    if archives.kind(raw.path) == "parquet":
        with _opened(raw.path) as file:
            return tuple(file.schema_arrow.names)
    return blocks.header(raw.members[0], form.layout.separator)


def workers() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def coded(raw: Raw, form: Format, entry: Dataset) -> Iterator[Coded]:
    """The blocks of all members, in order; as many rows as the entry asks for.

    With a published split and `rows`, eight tenths are taken from the first member and one from each other.
    """
    left = shares(entry, len(raw.members))
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


def shares(entry: Dataset, members: int) -> list[int | None]:
    """How many rows to take: of each member of a published split, or (first number) of all together."""
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


def _member(raw: Raw, number: int, member: Member, form: Format, entry: Dataset) -> Iterator[Coded]:
    if archives.kind(raw.path) == "parquet":
        yield from _parquet(raw.path, form, entry)
        return
    md5 = raw.md5.get(member.name.rsplit("/", 1)[-1]) if entry.rows is None else None
    text = blocks.blocks(member, number, form.layout, md5)
    yield from ordered(lambda block: parse(block, form, entry.task, entry.n_classes), text)


def ordered(function: Callable[[A], B], items: Iterator[A]) -> Iterator[B]:
    """`function` of each item, worked out side by side, in the order of the items, with few in memory at once."""
    pool = ThreadPoolExecutor(workers())
    try:
        waiting: deque = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > workers():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _parquet(path: Path, form: Format, entry: Dataset) -> Iterator[Coded]:
    names = [form.layout.label, *form.layout.fields]
    with _opened(path) as file:
        for name in names:
            if name not in file.schema_arrow.names:
                found = ", ".join(file.schema_arrow.names)[:300]
                raise UserError(f"{path}: column '{name}' is not there; found {found}")
        first = 1
        for batch in file.iter_batches(_BATCH, columns=names):
            columns = []
            for name in names:
                text = batch[name].cast(pa.string()).fill_null("").dictionary_encode()
                columns.append((text.indices.to_numpy(zero_copy_only=False).astype(np.int32), text.dictionary))
            labels, codes, values, bad, keep = apply_recipe(columns, form, entry.task, entry.n_classes)
            wrong = np.flatnonzero(bad)
            complaint = partial(_first_error, columns, wrong, first, form, entry)
            yield Coded(labels, codes, values, np.flatnonzero(keep), wrong, len(bad), 0, path.name, complaint)
            first += len(bad)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UserError(f"{path}: cannot be read as parquet ({str(error).splitlines()[0]})") from None


def _first_error(columns: list[Column], wrong: np.ndarray, first: int, form: Format, entry: Dataset) -> tuple[int, str]:
    """(row number, what is wrong) of the first malformed row of a batch that starts with row `first`."""
    row = int(wrong[0])
    names = (form.layout.label, *form.layout.fields)
    texts = {name: texts[int(codes[row])].as_py() for name, (codes, texts) in zip(names, columns, strict=True)}
    return first + row, lines.value_error(texts, form, entry.task, entry.n_classes) or "malformed"
