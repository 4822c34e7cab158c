"""Checks made before and between the two passes, so that bad data and full disks fail early."""

import shutil
import zipfile
from pathlib import Path

from autoloss.config import Dataset
from autoloss.data.encode.count import Counted
from autoloss.data.facts import SPLITS
from autoloss.data.fetch import archives
from autoloss.data.fetch.raw_file import RawFile
from autoloss.datasets import Format, Published
from autoloss.errors import UserError

_EXPANSION = {"plain": 1.0, "tar": 1.0, "gz": 2.4, "tar.gz": 2.4, "parquet": 4.0}  # text bytes per raw byte, at least
_NEED = 0.75  # bytes on disk per byte of text, at least
_ROW = 100  # bytes per row of text, at least (if only some rows are taken)


def room(raw: RawFile, folder: Path, rows: int | None = None) -> None:
    """Checks that the disk can hold the result.

    Raises:
        UserError: it cannot; with what is needed and what is free.
    """
    packing = archives.kind(raw.path)
    if packing == "zip":
        with archives.reading(raw.path), zipfile.ZipFile(raw.path) as archive:
            ours = {m.name.removeprefix(f"{raw.path.name}/") for m in raw.members}
            text = sum(info.file_size for info in archive.infolist() if info.filename in ours)
    else:
        text = raw.path.stat().st_size * _EXPANSION[packing]
    need = _NEED * min(text, text if rows is None else rows * _ROW)
    free = shutil.disk_usage(folder).free
    if free < need:
        raise UserError(f"{folder.parent}: encoding needs at least {need / 1e9:.1f} GB, {free / 1e9:.1f} GB are free")


def counted(found: Counted, raw: RawFile, form: Format, entry: Dataset) -> list[str]:
    """Checks the result of the first pass; returns a line for each comparison with the published counts.

    Raises:
        UserError: an empty split, a single class in a split, or published data that differ from what was published.
    """
    where = f"dataset '{entry.name}' ({raw.path.name})"
    for split, rows in found.rows.items():
        if not rows:
            raise UserError(f"{where}: the {split} split is empty, of {sum(found.rows.values())} rows in all")
    for split, classes in zip(SPLITS, found.classes, strict=True):
        if len(classes) and (classes > 0).sum() < 2:
            problem = f"all {found.rows[split]} rows of the {split} split have one class, expected two or more"
            raise UserError(f"{where}: {problem}")
    known = form.expected()
    rows = sum(found.rows.values())
    whole = entry.rows is None and entry.source != "synthetic"
    if known is None or not whole:
        return []
    if rows + found.bad != known.rows:
        if entry.source == "remote":
            raise UserError(f"{where}: {rows + found.bad} rows, expected {known.rows} as published")
        return []
    return [f"rows: {rows}, as published", *_label_share(found, known, where), *_sizes(found, known, entry, where)]


def _label_share(found: Counted, known: Published, where: str) -> list[str]:
    if known.label_share is None:
        return []
    share = found.classes[:, 1].sum() / found.classes.sum()
    if abs(share - known.label_share) > 1e-3:
        raise UserError(f"{where}: {share:.4f} of the labels are positive, expected {known.label_share:.4f}")
    return [f"positive labels: {share:.4f}, as published"]


def _sizes(found: Counted, known: Published, entry: Dataset, where: str) -> list[str]:
    if entry.threshold != known.threshold or entry.vocabulary != "all" or found.bad:
        return [f"field sizes: not compared (they are known for threshold {known.threshold}, vocabulary all)"]
    sizes = found.vocabulary.sizes
    for name, ours, theirs in zip(found.vocabulary.names, sizes, known.field_sizes or sizes, strict=True):
        if ours != theirs:
            raise UserError(f"{where}: field {name} has {ours} values, expected {theirs} as published")
    if sum(sizes) != known.feature_values and entry.source == "remote":
        raise UserError(f"{where}: {sum(sizes)} feature values, expected {known.feature_values} as published")
    same = "as published" if sum(sizes) == known.feature_values else f"published: {known.feature_values}"
    return [f"feature values: {sum(sizes)}, {same}"]
