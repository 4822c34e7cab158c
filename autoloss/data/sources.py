"""Where a dataset's rows come from: synthetic, published (mirror folder, then network), or a file of the user's."""

import hashlib
import json
import os
import shutil
from pathlib import Path

from autoloss.config import Dataset
from autoloss.data import archives, download
from autoloss.data.checksums import Ledger
from autoloss.data.show import say
from autoloss.data.stream import Raw
from autoloss.datasets._format import Archive, Format
from autoloss.errors import UserError

MIRROR = "AUTOLOSS_MIRROR"
SYNTHETIC_VERSION = 2  # of the generators: another one means other rows for the same seed


def identity(entry: Dataset, form: Format, ledger: Ledger) -> dict[str, object]:
    """What decides which rows `find` gives: part of the digest of a request. Nothing is fetched or generated."""
    if entry.source == "synthetic":
        return {"synthetic": SYNTHETIC_VERSION, "rows": _synthetic_rows(entry), "seed": entry.synthetic_seed}
    if entry.source == "remote":
        archive = _archive(entry, form)
        return {"archive": archive.filename, "md5": archive.md5 or "", "members": archive.member_md5}
    return {"sha256": ledger.digest(_local(entry), "sha256")}


def find(entry: Dataset, form: Format, raw: Path, ledger: Ledger) -> Raw:
    """The rows of a dataset as a file that is there; it is generated or downloaded if need be.

    Args:
        entry: the dataset. form: its raw format.
        raw: folder for what is generated or downloaded. ledger: checksums of the files there.

    Raises:
        UserError: the file is not there, cannot be fetched, or is not what it should be.
    """
    if entry.source == "synthetic":
        return _synthetic(entry, form, raw)
    if entry.source == "remote":
        return _published(entry, form, raw, ledger)
    path = _local(entry)
    wanted = form.archive.members if form.archive else (form.synthetic_file,)
    members = archives.members(path, wanted, form.archive.also if form.archive else ())
    about = {"kind": "local", "file": path.name, "sha256": ledger.digest(path, "sha256")}
    return Raw(path, members, {}, about)


def _synthetic_rows(entry: Dataset) -> int:
    if entry.rows is None:
        raise UserError(f"dataset '{entry.name}': source synthetic needs rows, the number of rows to generate")
    return entry.rows


def _synthetic(entry: Dataset, form: Format, raw: Path) -> Raw:
    rows = _synthetic_rows(entry)
    what = {
        "use": entry.use,
        "params": entry.params,
        "rows": rows,
        "seed": entry.synthetic_seed,
        "version": SYNTHETIC_VERSION,
    }
    digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]
    folder = raw / "synthetic" / f"{entry.use}-{rows}-{digest}"
    if not folder.exists():
        scratch = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        try:
            form.synthetic(scratch, rows, entry.synthetic_seed)
            _rename(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    path = folder / form.synthetic_file
    return Raw(path, archives.members(path, (path.name,)), {}, {"kind": "synthetic", **what}, folder / "truth.npy")


def _rename(scratch: Path, folder: Path) -> None:
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.exists():  # another process that makes the same rows may have been faster
            raise


def _local(entry: Dataset) -> Path:
    path = Path(entry.source).expanduser()
    if not path.is_file():
        what = "is a folder, expected a file" if path.is_dir() else "not there"
        raise UserError(
            f"dataset '{entry.name}': source {path}: {what} (source is synthetic, remote, or the path of a file)"
        )
    return path


def _archive(entry: Dataset, form: Format) -> Archive:
    if form.archive is None:
        raise UserError(f"dataset '{entry.name}': format {entry.use} has no published archive; set source to a file")
    return form.archive


def _published(entry: Dataset, form: Format, raw: Path, ledger: Ledger) -> Raw:
    archive = _archive(entry, form)
    path = _in_mirror(archive) or _downloaded(archive, raw, ledger)
    size = path.stat().st_size
    if archive.size is not None and size != archive.size:
        raise UserError(f"{path}: {size} bytes, expected {archive.size} as published")
    name = "sha256" if archive.md5 is None else "md5"
    digest = ledger.digest(path, name)
    if archive.md5 is None:
        ledger.check_first_seen(archive.filename, digest)
    elif digest != archive.md5:
        raise UserError(f"{path}: its md5 is {digest}, expected {archive.md5} as published")
    members = archives.members(path, archive.members, archive.also)
    about = {"kind": "remote", "file": archive.filename, "urls": list(archive.urls), name: digest, "size": size}
    return Raw(path, members, archive.member_md5, about)


def _in_mirror(archive: Archive) -> Path | None:
    folder = os.environ.get(MIRROR)
    if not folder:
        return None
    if not Path(folder).is_dir():
        raise UserError(f"{MIRROR}: {folder} is no folder")
    path = Path(folder) / archive.filename
    return path if path.is_file() else None


def _downloaded(archive: Archive, raw: Path, ledger: Ledger) -> Path:
    path = raw / archive.filename
    if path.is_file():
        return path
    if not archive.urls:
        raise UserError(f"{archive.filename}: cannot be downloaded. {archive.by_hand}")
    say(f"{archive.filename}: terms: {archive.terms}. Cite: {archive.citation}.")
    ledger.record(path, download.fetch(archive.urls, path, archive.size, archive.md5))
    return path
