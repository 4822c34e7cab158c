"""`prepare`: from an entry of params.yaml to its encoded folder, whole or not at all, and only if need be."""

import errno
import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autoloss import registry
from autoloss.config import Config, Dataset
from autoloss.data import checks, sources
from autoloss.data.checksums import Ledger
from autoloss.data.counting import count
from autoloss.data.mapping import map_ids
from autoloss.data.meta import FILE, SPLITS, Meta
from autoloss.data.stream import Raw, header
from autoloss.datasets._format import Format
from autoloss.errors import UserError, unknown

RECIPE_VERSION = 1  # of the encoding: another one means other arrays from the same rows


def prepare(config: Config, name: str, root: Path = Path("data")) -> Path:
    """Makes `root/encoded/<scale>/<name>`, if it is not there as asked for, and returns it.

    A dataset that no experiment at this scale uses gets a folder with a meta.json that says so; what is
    already in its folder is left alone.

    Raises:
        UserError: bad settings or bad data; what was there before is untouched.
    """
    if name not in config.datasets:
        raise unknown("dataset", name, list(config.datasets), "params.yaml: datasets")
    folder = root / "encoded" / config.scale / name
    if name not in config.used_datasets():
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / FILE).write_text(json.dumps({"name": name, "unused": True}) + "\n")
        return folder
    encode_into(config.datasets[name], folder, root / "raw", root / "work" / config.scale)
    return folder


def encode_into(entry: Dataset, folder: Path, raw: Path, work: Path) -> None:
    """Encodes a dataset into `folder`, unless what is there was made from the same settings, source and recipe.

    Args:
        entry: the dataset.
        folder: where the arrays go; replaced as the last act.
        raw: folder for raw files that are generated or downloaded.
        work: folder for what is unfinished, on the same disk as `folder`.
    """
    form = registry.load("datasets", entry.use)(**entry.params)
    if entry.task not in form.tasks:
        raise UserError(f"dataset '{entry.name}': task {entry.task}: format {entry.use} has {' and '.join(form.tasks)}")
    if entry.flip_positives and entry.task != "binary":
        raise UserError(f"dataset '{entry.name}': flip_positives goes with task binary, task is {entry.task}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    with _alone(work / f"{folder.name}.lock"), _clear_errors(folder):
        ledger = Ledger(raw)
        request = _request(entry, sources.identity(entry, form, ledger))
        if _is_whole(folder, request):
            return
        scratch = work / f"{folder.name}.scratch"
        if not _is_whole(scratch, request):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            try:
                encode(entry, form, sources.find(entry, form, raw, ledger), scratch, request)
            except BaseException:
                shutil.rmtree(scratch, ignore_errors=True)
                raise
        _put_in_place(scratch, folder, work / f"{folder.name}.old")


def encode(entry: Dataset, form: Format, raw: Raw, folder: Path, request: str) -> None:
    """Encodes rows that are there into an empty folder; meta.json comes last.

    Args:
        entry: the dataset. form: its raw format. raw: its rows.
        folder: where the arrays go.
        request: digest of what was asked for, for meta.json.

    Raises:
        UserError: the rows are not as they should be.
    """
    if not form.layout.fields:
        form = form.fitted(header(raw, form))
    checks.room(raw, folder, entry.rows)
    blocks = folder / "blocks"
    blocks.mkdir()
    counted = count(raw, form, entry, blocks)
    passed = checks.counted(counted, raw, form, entry)
    mapped = map_ids(counted, raw, form, entry, folder)
    counted.vocabulary.write(folder)
    blocks.rmdir()
    shares = {s: (c / max(1, c.sum())).tolist() for s, c in zip(SPLITS, mapped.classes, strict=True)}
    archive = form.archive
    Meta(
        name=entry.name, format=entry.use, task=entry.task, n_classes=entry.n_classes,
        n_outputs=entry.n_classes or 1, rows=sum(counted.rows.values()), rows_per_split=counted.rows,
        field_names=list(form.layout.fields), field_sizes=counted.vocabulary.sizes,
        class_shares=shares, sha256=mapped.sha256, files=mapped.files,
        bytes=sum(mapped.files.values()), bad_rows=counted.bad, dropped=counted.dropped, bayes=mapped.bayes,
        source=raw.about, terms="generated" if entry.source == "synthetic" else archive.terms if archive else "",
        citation="" if entry.source == "synthetic" or not archive else archive.citation, request=request,
        settings=entry.model_dump(mode="json"), checks=passed,
    ).write(folder)  # fmt: skip


def _request(entry: Dataset, identity: dict[str, object]) -> str:
    """Digest of all that decides the arrays. A local file counts by its content, not by its path."""
    settings = entry.model_dump(mode="json", exclude={"name", "source"})
    text = json.dumps({"settings": settings, "source": identity, "recipe": RECIPE_VERSION}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_whole(folder: Path, request: str) -> bool:
    try:
        meta = json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return False
    sizes = {name: (folder / name).stat().st_size for name in meta.get("files", ()) if (folder / name).exists()}
    return meta.get("request") == request and sizes == meta.get("files")


def _put_in_place(scratch: Path, folder: Path, old: Path) -> None:
    """Renames the whole folder; an older one steps aside until the new one stands."""
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    scratch.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; the kernel frees the lock whatever the end of the process."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _clear_errors(folder: Path) -> Iterator[None]:
    """Turns what the system refuses (a full disk, a file that may not be read) into one clear line."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(folder.parent).free / 1e9
            raise UserError(f"{folder}: the disk is full ({free:.1f} GB free); nothing was left half-written") from None
        raise UserError(f"{error.filename or folder}: {error.strerror or error}") from None
