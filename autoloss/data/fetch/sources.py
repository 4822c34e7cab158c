"""Where the rows of a dataset come from: generated, published (shipped, mirror folder, network), or a local file."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

from autoloss import files
from autoloss.config import Dataset
from autoloss.data import code
from autoloss.data.facts import Origin
from autoloss.data.fetch import archives, download, local
from autoloss.data.fetch.checksums import Ledger
from autoloss.data.fetch.raw_file import RawFile
from autoloss.data.progress import say
from autoloss.datasets import Archive, Format
from autoloss.errors import UserError

SHIPPED = Path("shipped")  # published archives that come with the repository, in the project's folder
MIRROR = "AUTOLOSS_MIRROR"


@dataclass(frozen=True)
class Source:
    """The source of one dataset.

    Attributes:
        entry: the dataset. form: its raw format.
        raw: the folder of generated and downloaded files. ledger: checksums of the files there.
    """

    entry: Dataset
    form: Format
    raw: Path
    ledger: Ledger

    def identity(self) -> dict[str, object]:
        """What decides which rows `fetch` returns; part of a request's digest. Fetches and generates nothing."""
        entry = self.entry
        if entry.source == "synthetic":
            rows, seed = self._synthetic_rows(), entry.synthetic_seed
            return {"generator": code.of_generator(entry), "rows": rows, "seed": seed}
        if entry.source == "remote":
            archive = self._archive()
            shipped = _in_folder(SHIPPED, archive)
            sha256 = {"sha256": self.ledger.digest(shipped, "sha256")} if shipped else {}
            return {"archive": archive.filename, "md5": archive.md5 or "", "members": archive.member_md5, **sha256}
        return {"sha256": self.ledger.digest(local.file(self.entry), "sha256")}

    def fetch(self) -> RawFile:
        """The raw file, generated or downloaded if necessary.

        Raises:
            UserError: the file is missing, cannot be fetched, or is not what it should be.
        """
        if self.entry.source == "synthetic":
            return self._generated()
        return self._published() if self.entry.source == "remote" else self._own()

    def _own(self) -> RawFile:
        raw = local.raw_file(local.file(self.entry), self.form)
        return replace(raw, origin=replace(raw.origin, sha256=self.ledger.digest(raw.path, "sha256")))

    def _synthetic_rows(self) -> int:
        if self.entry.rows is None:
            raise UserError(f"dataset '{self.entry.name}': source synthetic needs rows, the number of rows to generate")
        return self.entry.rows

    def _generated(self) -> RawFile:
        entry, rows = self.entry, self._synthetic_rows()
        what = {"use": entry.use, "params": entry.params, **self.identity()}
        digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]
        folder = self.raw / "synthetic" / f"{entry.use}-{rows}-{digest}"
        if not folder.exists():
            scratch = folder.with_name(f".{folder.name}.{token_hex(4)}")
            scratch.mkdir(parents=True)
            try:
                self.form.synthetic(scratch, rows, entry.synthetic_seed)
                _rename(scratch, folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        path = folder / self.form.synthetic_file
        origin = Origin("synthetic", seed=entry.synthetic_seed)
        return RawFile(path, archives.members(path, (path.name,)), origin, truth=folder / "truth.npy")

    def _archive(self) -> Archive:
        if self.form.archive is None:
            raise UserError(
                f"dataset '{self.entry.name}': format {self.entry.use} has no published archive; set source to a file"
            )
        return self.form.archive

    def _published(self) -> RawFile:
        archive = self._archive()
        # the shipped copy comes first: the same rows for everyone, whatever else is on the machine
        path = _in_folder(SHIPPED, archive) or _in_mirror(archive) or self._downloaded(archive)
        size = path.stat().st_size
        if archive.size is not None and size != archive.size:
            raise UserError(f"{path}: {size} bytes, expected {archive.size} as published")
        md5 = self.ledger.digest(path, "md5") if archive.md5 else None
        sha256 = None if archive.md5 else self.ledger.digest(path, "sha256")
        if md5 != archive.md5:
            raise UserError(f"{path}: its md5 is {md5}, expected {archive.md5} as published")
        if sha256 and path.parent != SHIPPED:  # a shipped archive may hold a selection of the published files
            self.ledger.check_first_seen(archive.filename, sha256)
        origin = Origin("remote", archive.filename, size, md5, sha256, archive.urls)
        return RawFile(path, archives.members(path, archive.members, archive.also), origin, archive.member_md5)

    def _downloaded(self, archive: Archive) -> Path:
        """The archive in the raw folder. Several datasets may want it at once: only one process downloads it."""
        path = self.raw / archive.filename
        if path.is_file():
            return path
        if not archive.urls:
            raise UserError(f"{archive.filename}: cannot be downloaded. {archive.by_hand}")
        lock = self.raw.parent / "locks" / f"{archive.filename}.lock"
        with files.lock(lock, waiting=lambda: say(f"{archive.filename}: waiting for another download of it")):
            if not path.is_file():
                say(f"{archive.filename}: terms: {archive.terms}. Cite: {archive.citation}.")
                self.ledger.record(path, download.fetch(archive.urls, path, archive.size, archive.md5))
        return path


def _rename(scratch: Path, folder: Path) -> None:
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.exists():  # another process that generates the same rows may have been faster
            raise


def _in_mirror(archive: Archive) -> Path | None:
    folder = os.environ.get(MIRROR)
    if not folder:
        return None
    if not Path(folder).is_dir():
        raise UserError(f"{MIRROR}: {folder} is not a folder")
    return _in_folder(Path(folder), archive)


def _in_folder(folder: Path, archive: Archive) -> Path | None:
    path = folder / archive.filename
    return path if path.is_file() else None
