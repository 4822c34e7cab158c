"""Raw files as byte streams: plain, gz, zip or tar, told apart by their first bytes; nothing is ever extracted."""

import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from autoloss.errors import UserError

JUNK = ("__MACOSX/", ".DS_Store")  # what desktop tools add to archives
DOCUMENTS = (".md", ".txt", ".html", ".pdf", "license")  # what a publisher may add without harm


@dataclass(frozen=True)
class Member:
    """One file that holds rows: its name for messages, and how to open its bytes (a context manager)."""

    name: str
    open: Callable[[], BinaryIO]


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Turns what goes wrong while a raw file is read into one clear line."""
    try:
        yield
    except EOFError:
        raise UserError(f"{path}: the archive is truncated; download or copy it again") from None
    except (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise UserError(f"{path}: the archive is damaged ({error}); download or copy it again") from None
    except (RuntimeError, NotImplementedError) as error:  # zipfile's answer to encryption and rare compressions
        raise UserError(f"{path}: the archive cannot be read ({error})") from None


def kind(path: Path) -> str:
    """plain, gz, zip, tar, tar.gz or parquet."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
        if head[:2] == b"\x1f\x8b":
            with reading(path), gzip.open(path) as file:
                return "tar.gz" if file.read(512)[257:262] == b"ustar" else "gz"
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from None
    if head[257:262] == b"ustar":
        return "tar"
    return {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"PAR1": "parquet"}.get(head[:4], "plain")


def members(path: Path, wanted: tuple[str, ...], also: tuple[str, ...] = ()) -> list[Member]:
    """The files with rows in `path`, in the order of `wanted`.

    An archive must hold all of `wanted` (by base name) and nothing beyond `also` and documents; or exactly one
    file, whatever its name.

    Raises:
        UserError: unsafe, unexpected, missing or ambiguous members; a damaged archive.
    """
    sort = kind(path)
    if sort in ("plain", "parquet"):
        return [Member(path.name, lambda: path.open("rb"))]
    if sort == "gz":
        return [Member(path.name, lambda: gzip.open(path, "rb"))]
    if sort == "zip":
        with reading(path), zipfile.ZipFile(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir() and _safe_zip(path, i)]
        chosen = _choose(path, names, wanted, also)
        return [Member(f"{path.name}/{n}", lambda n=n: _ZipStream(path, n)) for n in chosen]
    # a tar has no index, and to walk through gigabytes for one is dear: names are checked as the rows are read
    return [Member(f"{path.name}/{w}", lambda w=w: _TarStream(path, w, wanted, also)) for w in wanted]


def open_other(path: Path, name: str) -> BinaryIO | None:
    """Another member of a zip or tar, by base name; None if `path` is no archive or has none such."""
    sort = kind(path)
    if sort == "zip":
        with reading(path), zipfile.ZipFile(path) as archive:
            found = [n for n in archive.namelist() if PurePosixPath(n).name == name and not _junk(n)]
        return _ZipStream(path, found[0]) if found else None
    if sort in ("tar", "tar.gz"):
        with reading(path), tarfile.open(path, "r|*") as archive:
            if not any(PurePosixPath(m.name).name == name for m in archive):
                return None
        return _TarStream(path, name, (name,), None)
    return None


def _junk(name: str) -> bool:
    return name.startswith(JUNK[0]) or PurePosixPath(name).name == JUNK[1]


def _check_name(path: Path, name: str) -> None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or (parts and parts[0].endswith(":")):
        raise UserError(f"{path}: refused, its member '{name}' points outside the archive")


def _safe_zip(path: Path, info: zipfile.ZipInfo) -> bool:
    _check_name(path, info.filename)
    if (info.external_attr >> 16) & 0o170000 == 0o120000:
        raise UserError(f"{path}: refused, its member '{info.filename}' is a link")
    return not _junk(info.filename)


def _choose(path: Path, names: list[str], wanted: tuple[str, ...], also: tuple[str, ...]) -> list[str]:
    by_base: dict[str, list[str]] = {}
    for name in names:
        by_base.setdefault(PurePosixPath(name).name, []).append(name)
    if not any(w in by_base for w in wanted) and len(names) == 1:
        return names
    for name in wanted:
        if name not in by_base:
            raise UserError(f"{path}: expected the member {name}, it holds {_some(names)}")
        if len(by_base[name]) > 1:
            raise UserError(f"{path}: expected the member {name} once, found it {len(by_base[name])} times")
    unexpected = [n for n in names if not _expected(n, (*wanted, *also))]
    if unexpected:
        raise UserError(f"{path}: unexpected member '{unexpected[0]}', expected {', '.join((*wanted, *also))}")
    return [by_base[w][0] for w in wanted]


def _expected(name: str, known: tuple[str, ...]) -> bool:
    return PurePosixPath(name).name in known or name.lower().endswith(DOCUMENTS)


def _some(names: list[str]) -> str:
    return (", ".join(names[:5]) + (" …" if len(names) > 5 else "")) or "nothing"


class _ZipStream:
    """A member of a zip, as a context manager with `read`; zipfile checks its CRC at the end."""

    def __init__(self, path: Path, name: str):
        self.path, self.archive = path, zipfile.ZipFile(path)
        with reading(path):
            self.member = self.archive.open(name)

    def read(self, size: int = -1) -> bytes:
        return self.member.read(size)

    def __enter__(self) -> "_ZipStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.close()


class _TarStream:
    """A member of a tar (gz), read in one pass; all other names are checked on the way, to the archive's end."""

    def __init__(self, path: Path, name: str, wanted: tuple[str, ...], also: tuple[str, ...] | None):
        self.path, self.name, self.wanted, self.also = path, name, wanted, also
        self.seen: list[str] = []
        self.tar = tarfile.open(path, "r|*")  # noqa: SIM115 (closed in __exit__)
        self.member = self._find()
        if self.member is None:
            raise UserError(f"{path}: expected the member {name}, it holds {_some(self.seen)}")

    def _find(self) -> BinaryIO | None:
        while (info := self.tar.next()) is not None:
            _check_name(self.path, info.name)
            if not (info.isreg() or info.isdir()):
                raise UserError(f"{self.path}: refused, its member '{info.name}' is a link or a device")
            base = PurePosixPath(info.name).name
            if info.isdir() or _junk(info.name):
                continue
            self.seen.append(info.name)
            if self.also is not None and not _expected(info.name, (*self.wanted, *self.also)):
                raise UserError(
                    f"{self.path}: unexpected member '{info.name}', expected {', '.join(self.wanted + self.also)}"
                )
            if base == self.name:
                return self.tar.extractfile(info)
        return None

    def read(self, size: int = -1) -> bytes:
        data = self.member.read(size)
        if not data and size != 0 and self._find() is not None:
            raise UserError(f"{self.path}: expected the member {self.name} once, found it twice")
        return data

    def __enter__(self) -> "_TarStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.tar.close()
