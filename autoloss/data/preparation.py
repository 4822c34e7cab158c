"""`prepare`: from an entry of params.yaml to its encoded folder, complete or not at all, and only if necessary."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from autoloss import disk, files, folders, registry, seals
from autoloss.config import Config, Dataset
from autoloss.data import code, encoder_files, facts, intact
from autoloss.data.encode.build import encode
from autoloss.data.fetch import local
from autoloss.data.fetch.checksums import Ledger
from autoloss.data.fetch.sources import Source
from autoloss.datasets import Format
from autoloss.errors import UserError, unknown
from autoloss.folders import Made

MARKER = ".autoloss-scratch"  # a file in each scratch folder: it tells that this module made it
ENCODED = Made((*facts.FILES, encoder_files.COLUMNS, MARKER, intact.HALF_SEALED), facts.FILE, facts.is_facts)
HALF_WRITTEN = (f"{facts.FILE}.part", f"{encoder_files.COLUMNS}.partial")  # left by a kill; the latter by write_json
SCRATCH = Made((*ENCODED.files, *HALF_WRITTEN, "blocks", "blocks/*.arrow", "blocks/field*"), MARKER)


@dataclass(frozen=True)
class Request:
    """What decides the arrays of a dataset.

    Attributes:
        entry: the dataset's settings. source: identity of its rows; a local file counts by content, not by path.
    """

    entry: Dataset
    source: dict[str, object]

    def digest(self) -> str:
        """sha256 of the request and of the code that encodes."""
        settings = self.entry.model_dump(mode="json", exclude={"name", "source", "stands_in_for"})
        what = {"settings": settings, "source": self.source, "code": code.of_encoding(self.entry)}
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def prepare(config: Config, name: str, root: Path = Path("data")) -> Path:
    """Makes `root/encoded/<scale>/<name>`, unless it is there as requested, and returns it.

    A dataset that no experiment at this scale uses gets a folder whose meta.json says so; data that are already
    in its folder are left alone.

    Raises:
        UserError: bad settings or bad data; existing data are untouched.
    """
    if name not in config.datasets:
        raise unknown("dataset", name, list(config.datasets), "params.yaml: datasets")
    folder = root / "encoded" / config.scale / name
    if name not in config.used_datasets():
        if not folder.exists():
            _say_unused(name, folder, root / "raw", root / "work" / config.scale)
        return folder
    encode_into(config.datasets[name], folder, root / "raw", root / "work" / config.scale)
    return folder


def encode_into(entry: Dataset, folder: Path, raw: Path, work: Path) -> None:
    """Encodes a dataset into `folder`, unless the data there come from the same settings, source and code.

    Args:
        entry: the dataset.
        folder: where the arrays go; replaced as the last step. It must be absent, empty, or made by this function.
        raw: folder of raw files that are generated or downloaded; locks are in the folder `locks` beside it.
        work: folder for unfinished work, on the same disk as `folder`.

    Raises:
        UserError: bad settings or bad data, or a folder that holds anything else; existing data are untouched.
    """
    form = _format(entry)
    if local.is_local(entry):
        folders.check_outside(Path(entry.source).expanduser(), folder, "source")
    folders.check(folder, ENCODED)
    with _clear_errors(folder), _alone(folder, raw):
        source = Source(entry, form, raw, Ledger(raw))
        request = Request(entry, source.identity()).digest()
        if _is_complete(folder, request, raw.parent):
            (folder / MARKER).unlink(missing_ok=True)  # left there by a run that was killed just before its end
            return
        scratch = _scratch(folder, work)
        if not _is_complete(scratch, request, raw.parent):
            _start(scratch)
            try:
                encode(entry, form, source.fetch(), scratch, request)
                seals.seal(scratch, facts.FILE)
            except BaseException:
                with suppress(OSError, UserError):
                    folders.remove(scratch, SCRATCH)
                raise
        _put_in_place(scratch, folder)


def _say_unused(name: str, folder: Path, raw: Path, work: Path) -> None:
    """Makes the folder of a dataset that no experiment uses, whole or not at all."""
    with _clear_errors(folder), _alone(folder, raw):
        if not folder.exists():
            scratch = _scratch(folder, work)
            _start(scratch)
            facts.write_unused(scratch, name)
            _put_in_place(scratch, folder)


def _alone(folder: Path, raw: Path) -> AbstractContextManager[int]:
    """The lock of an encoded folder."""
    return files.lock(raw.parent / "locks" / f"{intact.key(folder)}.lock")


def _scratch(folder: Path, work: Path) -> Path:
    return work / f".{folder.name}.autoloss-scratch"


def _format(entry: Dataset) -> Format:
    """The raw format of an entry, whose task must be one of the format's."""
    form: Format = registry.load("datasets", entry.use)(**entry.params)
    if entry.task not in form.tasks:
        raise UserError(
            f"dataset '{entry.name}': task is {entry.task}, expected {' or '.join(form.tasks)} for format {entry.use}"
        )
    if entry.flip_positives and entry.task != "binary":
        raise UserError(f"dataset '{entry.name}': flip_positives requires task binary, task is {entry.task}")
    return form


def _is_complete(folder: Path, request: str, data: Path) -> bool:
    try:
        known = facts.find(folder)
        if known is None or known.request != request:
            return False
        if not seals.is_sealed(folder, facts.FILE):
            intact.seal(folder)
        intact.check(folder, data)
    except UserError as damage:  # or written by another version
        print(f"{damage}: encoding it again")
        return False
    return True


def _start(scratch: Path) -> None:
    """An empty scratch folder with its marker."""
    folders.remove(scratch, SCRATCH)
    scratch.mkdir(parents=True)
    (scratch / MARKER).touch()


def _put_in_place(scratch: Path, folder: Path) -> None:
    """Renames the finished folder; an older one is moved aside until the new one is in place."""
    old = scratch.with_name(f".{folder.name}.autoloss-old")
    folders.remove(old, ENCODED)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folders.check(folder, ENCODED)  # again: encoding may have taken an hour
    if folder.exists():
        folder.rename(old)
    scratch.rename(folder)
    (folder / MARKER).unlink()
    folders.remove(old, ENCODED)


@contextmanager
def _clear_errors(folder: Path) -> Iterator[None]:
    """Turns an error of the operating system (a full disk, a file without read permission) into one line."""
    try:
        yield
    except OSError as error:
        if disk.is_full(error):
            there = next(parent for parent in folder.absolute().parents if parent.exists())
            free = shutil.disk_usage(there).free / 1e9
            raise UserError(f"{folder}: {disk.FULL} ({free:.1f} GB free); unfinished work was removed") from None
        raise UserError(f"{error.filename or folder}: {error.strerror or error}") from None
