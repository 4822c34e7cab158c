"""The facts of a dataset as they can be known before it is encoded: from the published counts and its settings."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from autoloss import registry
from autoloss.cells.known import UNKNOWN
from autoloss.config import Dataset
from autoloss.data.facts import SPLITS, Facts, Origin
from autoloss.data.fetch.checksums import Ledger
from autoloss.data.fetch.sources import SHIPPED, Source
from autoloss.datasets import Format, Target, synthetic
from autoloss.datasets.table import SYNTHETIC_FIELDS, SYNTHETIC_VALUES

if TYPE_CHECKING:
    from autoloss.data.encode.count import Counted

SHARES = {"train": 0.8, "valid": 0.1, "test": 0.1}
ID_BYTES, LABEL_BYTES = 4, {"binary": 4, "regression": 4, "multiclass": 8}


def expected(entry: Dataset) -> Facts:
    """The facts that a dataset will have, with `UNKNOWN` as its digest.

    Rows and feature values are exact for published data that are taken whole, and for an archive that comes with the
    repository. Of fewer rows, feature values are estimated; where nothing is known, 0 rows stand for that.
    """
    form: Format = registry.load("datasets", entry.use)(**entry.params)
    names = form.layout.fields or SYNTHETIC_FIELDS
    if counted := _shipped(entry, form):
        splits, sizes = counted.rows, tuple(counted.vocabulary.sizes)
        rows = sum(splits.values())
    else:
        rows = _rows(entry, form)
        sizes = _field_sizes(entry, form, names, rows)
        splits = {split: int(rows * SHARES[split]) for split in SPLITS}
    sizes_of_files = {
        f"{split}_{part}.npy": n * width
        for split, n in splits.items()
        for part, width in (("ids", ID_BYTES * len(names)), ("labels", LABEL_BYTES[entry.task]))
    }
    return Facts(
        name=entry.name, format=entry.use, task=entry.task, n_classes=entry.n_classes,
        n_outputs=Target.of(entry).classes if entry.task == "multiclass" else 1,
        rows=rows, rows_per_split=splits, field_names=names, field_sizes=sizes, class_shares={},
        sha256=UNKNOWN, files=sizes_of_files, bytes=sum(sizes_of_files.values()), bad_rows=0, dropped=0, bayes=None,
        source=Origin("remote" if entry.source == "remote" else "local"), terms="", citation="", request="",
        settings={},
    )  # fmt: skip


def download_bytes(entry: Dataset) -> int | None:
    """What is downloaded for a dataset; None where the size of the archive is not published."""
    form: Format = registry.load("datasets", entry.use)(**entry.params)
    if entry.source != "remote":
        return 0
    return form.archive.size if form.archive else None


def _rows(entry: Dataset, form: Format) -> int:
    known = form.expected()
    if entry.source == "synthetic" or known is None:
        return entry.rows or 0
    return min(known.rows, entry.rows or known.rows)


def _field_sizes(entry: Dataset, form: Format, names: tuple[str, ...], rows: int) -> tuple[int, ...]:
    known = form.expected() or form.published
    if known is None:
        return (SYNTHETIC_VALUES,) * len(names)
    sizes = known.field_sizes or [known.feature_values // known.fields] * known.fields
    if rows == known.rows:
        return tuple(sizes)
    most = rows // max(1, entry.threshold) + 1  # a value must be seen that often; one more for the rare ones
    return tuple(min(most, synthetic.scaled(size, rows / known.rows)) for size in sizes)


def _shipped(entry: Dataset, form: Format) -> "Counted | None":
    """What the first pass of the encoder finds in an archive that comes with the repository."""
    if entry.source != "remote" or not form.archive or not (SHIPPED / form.archive.filename).is_file():
        return None
    from autoloss.data.encode.count import count  # imports polars; most datasets are not counted

    with TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw"  # inside: locks go beside it
        return count(Source(entry, form, raw, Ledger(raw)).fetch(), form, entry, Path(scratch))
