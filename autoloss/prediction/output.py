"""Writes predictions piece by piece, as csv or parquet; the file appears when it is complete."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from autoloss.errors import UserError


class Output:
    """A file of predictions: parquet if its name ends so, else csv.

    Args:
        path: of the unfinished file.
        parquet: which of the two.
    """

    def __init__(self, path: Path, parquet: bool):
        self.path, self.parquet = path, parquet
        self._file = path.open("wb")
        self._writer: pq.ParquetWriter | None = None
        self._header = True

    def write(self, frame: pl.DataFrame) -> None:
        """The next rows."""
        if self.parquet:
            table = frame.to_arrow()
            self._writer = self._writer or pq.ParquetWriter(self._file, table.schema)
            self._writer.write_table(table)
        else:
            frame.write_csv(self._file, include_header=self._header)
            self._header = False

    def close(self) -> None:
        """Ends the file."""
        if self._writer:
            self._writer.close()
        self._file.close()


@contextmanager
def output(path: Path) -> Iterator[Output]:
    """A file of predictions, which replaces nothing and is complete or not there at all.

    Raises:
        UserError: it is there already, or by the time it is complete, or cannot be written.
    """
    if path.exists() or path.is_symlink():
        raise _there(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # its own: several may write the same file
    try:
        out = Output(part, path.suffix == ".parquet")
        try:
            yield out
        finally:
            out.close()
        _name(part, path)
    except FileExistsError:
        raise _there(path) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _name(part: Path, path: Path) -> None:
    """Gives a complete file its name; unlike a rename, only if nobody has it.

    Raises:
        FileExistsError: somebody does.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: the name is taken by an empty file, and that is replaced
        path.open("xb").close()
        part.rename(path)


def _there(path: Path) -> UserError:
    return UserError(f"{path}: is there already, expected a new name; nothing was changed")
