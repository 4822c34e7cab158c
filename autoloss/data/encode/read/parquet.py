"""A parquet file → coded rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from autoloss.config import Dataset
from autoloss.data.encode.read import recipe
from autoloss.data.encode.read.recipe import Coded, Column
from autoloss.datasets import Format
from autoloss.errors import UserError

_BATCH = 200_000  # rows read at once


def columns(path: Path) -> tuple[str, ...]:
    """The names of the file's columns."""
    with _opened(path) as file:
        return tuple(file.schema_arrow.names)


def batches(path: Path, form: Format, entry: Dataset) -> Iterator[Coded]:
    """The good rows of a parquet file, batch by batch.

    Raises:
        UserError: the file is not parquet, or lacks a column.
    """
    names = list(form.layout.wanted)
    with _opened(path) as file:
        for name in names:
            if file.schema_arrow.names.count(name) != 1:
                what = "occurs twice" if name in file.schema_arrow.names else "is missing"
                found = ", ".join(file.schema_arrow.names)[:300]
                raise UserError(f"{path}: column '{name}' {what}; found {found}")
        first = 1
        for batch in file.iter_batches(_BATCH, columns=names):
            coded = [encoded(name, batch[name], path) for name in names]
            found = recipe.apply(coded, form, entry)
            bad = np.flatnonzero(found.bad)
            yield Coded(
                found.labels,
                found.codes,
                found.values,
                records=np.flatnonzero(found.kept),
                bad=bad,
                size=len(batch),
                member=0,
                file=path.name,
                first_bad=partial(_first_error, coded, bad, first, form, entry),
            )
            first += len(batch)


def encoded(name: str, column: pa.Array, source: object) -> Column:
    """A column of any plain type, dictionary-encoded as texts.

    Args:
        name: of the column. column: its values. source: where they are, for messages.

    Raises:
        UserError: the values are no texts, numbers, dates or booleans.
    """
    try:
        texts = column.cast(pa.string()).fill_null("").dictionary_encode()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        found = f"column '{name}' holds {column.type}"
        raise UserError(f"{source}: {found}, expected texts, numbers, dates or true and false; drop it") from None
    return texts.indices.to_numpy(zero_copy_only=False).astype(np.int32), texts.dictionary


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UserError(f"{path}: cannot be read as parquet ({str(error).splitlines()[0]})") from None


def _first_error(coded: list[Column], bad: np.ndarray, first: int, form: Format, entry: Dataset) -> tuple[int, str]:
    """(row number, what is wrong) of the first malformed row of a batch that starts with row `first`."""
    row = int(bad[0])
    columns = zip(form.layout.wanted, coded, strict=True)
    texts = {name: texts[int(codes[row])].as_py() for name, (codes, texts) in columns}
    return first + row, recipe.value_error(texts, form, entry) or "malformed"
