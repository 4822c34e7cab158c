"""Local source files: files of one's own that a dataset of params.yaml names, which may be edited at any time."""

from collections.abc import Iterable
from pathlib import Path

from autoloss.config import Dataset
from autoloss.data.facts import Origin
from autoloss.data.fetch import archives
from autoloss.data.fetch.checksums import Ledger
from autoloss.data.fetch.raw_file import RawFile
from autoloss.datasets import Format
from autoloss.errors import UserError

FILE = "sources.json"


def is_local(entry: Dataset) -> bool:
    """Whether a dataset's rows come from a local file."""
    return entry.source not in ("synthetic", "remote")


def file(entry: Dataset) -> Path:
    """The local source file of a dataset.

    Raises:
        UserError: there is none.
    """
    path = Path(entry.source).expanduser()
    if not path.is_file():
        what = "is a folder, expected a file" if path.is_dir() else "not found"
        raise UserError(
            f"dataset '{entry.name}': source {path}: {what} (source is synthetic, remote, or the path of a file)"
        )
    return path


def raw_file(path: Path, form: Format) -> RawFile:
    """A local file, ready to be read."""
    archive = form.archive
    wanted, also = (archive.members, archive.also) if archive else ((form.synthetic_file,), ())
    return RawFile(path, archives.members(path, wanted, also), Origin("local", file=path.name))


def digests(entries: Iterable[Dataset], ledger: Ledger) -> dict[str, str | None]:
    """sha256 of each local source file, by dataset; None if it is missing.

    A file is read only if its size or modification time has changed since it was last read.
    """
    found: dict[str, str | None] = {}
    for entry in filter(is_local, entries):
        path = Path(entry.source).expanduser()
        found[entry.name] = ledger.digest(path, "sha256") if path.is_file() else None
    return found
