"""Raw files as byte streams: plain, gz, zip or tar, recognised by their first bytes. Nothing is ever extracted."""

import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from autoloss.data.fetch.raw_file import ByteStream, Member
from autoloss.errors import UserError

Kind = Literal["plain", "gz", "zip", "tar", "tar.gz", "parquet"]
JUNK = ("__MACOSX/", ".DS_Store")  # added by desktop tools
DOCUMENTS = (".md", ".txt", ".html", ".pdf", "license")  # a publisher may add these without harm


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Turns any failure to read a raw file into one line."""
    try:
        yield
    except EOFError:
        raise UserError(f"{path}: the archive is truncated; download or copy it again") from None
    except (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise UserError(f"{path}: the archive is damaged ({error}); download or copy it again") from None
    except (RuntimeError, NotImplementedError) as error:  # how zipfile reports encryption and rare compressions
        raise UserError(f"{path}: the archive cannot be read ({error})") from None


def kind(path: Path) -> Kind:
    """How a raw file is packed, judged by its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
        if head[:2] == b"\x1f\x8b":
            with reading(path), gzip.open(path) as unpacked:
                return "tar.gz" if unpacked.read(512)[257:262] == b"ustar" else "gz"
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from None
    if head[257:262] == b"ustar":
        return "tar"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    return "parquet" if head[:4] == b"PAR1" else "plain"


def members(path: Path, wanted: tuple[str, ...], also: tuple[str, ...] = ()) -> tuple[Member, ...]:
    """The files with rows in `path`, in the order of `wanted`.

    An archive must hold all of `wanted` (by base name) and nothing else but `also` and documents; or, apart from
    documents, exactly one file, whatever its name.

    Raises:
        UserError: unsafe, unexpected, missing or ambiguous members; a damaged archive.
    """
    packing = kind(path)
    if packing in ("plain", "parquet"):
        return (Member(path.name, lambda: path.open("rb")),)
    if packing == "gz":
        return (Member(path.name, lambda: gzip.open(path, "rb")),)
    if packing == "zip":
        with reading(path), zipfile.ZipFile(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir() and _safe_zip(path, i)]
        chosen = _choose(path, names, wanted, also)
        return tuple(Member(f"{path.name}/{n}", lambda n=n: _ZipStream(path, n)) for n in chosen)
    # a tar has no index, and walking through gigabytes for one is slow: names are checked as the rows are read,
    # unless the first one tells that this is not the published archive
    names = _tar_names(path)
    first = next(names, None)
    if first is None or PurePosixPath(first).name in (*wanted, *also):
        return tuple(Member(f"{path.name}/{w}", lambda w=w: _TarStream(path, w, wanted, also)) for w in wanted)
    chosen = _choose(path, [first, *names], wanted, also)
    known = tuple(PurePosixPath(n).name for n in chosen)
    return tuple(Member(f"{path.name}/{w}", lambda w=w: _TarStream(path, w, known, also)) for w in known)


def open_other(path: Path, name: str) -> ByteStream | None:
    """Another member of a zip or tar, by base name; None if `path` is no archive or has no such member."""
    packing = kind(path)
    if packing == "zip":
        with reading(path), zipfile.ZipFile(path) as archive:
            found = [n for n in archive.namelist() if PurePosixPath(n).name == name and not _junk(n)]
        return _ZipStream(path, found[0]) if found else None
    if packing in ("tar", "tar.gz"):
        with reading(path), tarfile.open(path, "r|*") as archive:
            if not any(PurePosixPath(m.name).name == name for m in archive):
                return None
        return _TarStream(path, name, (name,), None)
    return None


def _tar_names(path: Path) -> Iterator[str]:
    """The names of the files in a tar, in order."""
    with reading(path), tarfile.open(path, "r|*") as archive:
        for info in archive:
            _check_name(path, info.name)
            if info.isreg() and not _junk(info.name):
                yield info.name


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
    data = [n for n in names if not n.lower().endswith(DOCUMENTS)] or names
    if not any(w in by_base for w in wanted) and len(data) == 1:
        return data
    for name in wanted:
        if name not in by_base:
            raise UserError(f"{path}: expected the member {name}, found {_some(names)}")
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
    """A member of a zip; zipfile checks its CRC at the end."""

    def __init__(self, path: Path, name: str):
        self.archive = zipfile.ZipFile(path)
        with reading(path):
            self.member = self.archive.open(name)

    def read(self, size: int = -1, /) -> bytes:
        return self.member.read(size)

    def __enter__(self) -> "_ZipStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.close()


class _TarStream:
    """A member of a tar or tar.gz, read in one pass; the names of all others are checked on the way to the end."""

    def __init__(self, path: Path, name: str, wanted: tuple[str, ...], also: tuple[str, ...] | None):
        self.path, self.name, self.wanted, self.also = path, name, wanted, also
        self.seen: list[str] = []
        self.tar = tarfile.open(path, "r|*")  # noqa: SIM115 (closed in __exit__)
        member = self._find()
        if member is None:
            raise UserError(f"{path}: expected the member {name}, found {_some(self.seen)}")
        self.member = member

    def _find(self) -> IO[bytes] | None:
        while (info := self.tar.next()) is not None:
            _check_name(self.path, info.name)
            if not (info.isreg() or info.isdir()):
                raise UserError(f"{self.path}: refused, its member '{info.name}' is a link or a device")
            if info.isdir() or _junk(info.name):
                continue
            self.seen.append(info.name)
            if self.also is not None and not _expected(info.name, (*self.wanted, *self.also)):
                raise UserError(
                    f"{self.path}: unexpected member '{info.name}', expected {', '.join(self.wanted + self.also)}"
                )
            if PurePosixPath(info.name).name == self.name:
                return self.tar.extractfile(info)
        return None

    def read(self, size: int = -1, /) -> bytes:
        data = self.member.read(size)
        if not data and size != 0 and self._find() is not None:
            raise UserError(f"{self.path}: expected the member {self.name} once, found it twice")
        return data

    def __enter__(self) -> "_TarStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.tar.close()
