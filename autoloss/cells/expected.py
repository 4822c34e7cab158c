"""The facts of a dataset as they can be known before it is encoded: from the published counts and its settings."""

from pathlib import Path

from autoloss import registry
from autoloss.cells.cell import Cell
from autoloss.config import Config, Dataset
from autoloss.data import facts
from autoloss.data.facts import SPLITS, Facts, Origin
from autoloss.datasets import Format, Target

UNKNOWN = "not known before the data are encoded"  # in place of the digest of the arrays
SHARES = {"train": 0.8, "valid": 0.1, "test": 0.1}
ID_BYTES, LABEL_BYTES = 4, {"binary": 4, "regression": 4, "multiclass": 8}


def all_facts(config: Config, root: Path) -> dict[str, Facts]:
    """The facts of every dataset that the configuration uses: as encoded, else as expected."""
    folder = root / "data" / "encoded" / config.scale
    return {name: facts.find(folder / name) or expected(config.datasets[name]) for name in config.used_datasets()}


def missing(known: dict[str, Facts]) -> list[str]:
    """The datasets that are not encoded yet."""
    return [name for name, each in known.items() if each.sha256 == UNKNOWN]


def not_encoded(cell: Cell) -> set[str]:
    """The datasets that a cell, or one that it builds on, still waits for."""
    own = {cell.dataset} if cell.spec.data.sha256 == UNKNOWN else set()
    return own.union(*map(not_encoded, cell.upstream.values()))


def expected(entry: Dataset) -> Facts:
    """The facts that a dataset will have, with `UNKNOWN` as its digest.

    Rows and feature values are exact for published data that are taken whole. Of fewer rows, a field has at most as
    many values as can be seen often enough; where nothing is published, 0 rows stand for "not known".
    """
    form: Format = registry.load("datasets", entry.use)(**entry.params)
    rows = _rows(entry, form)
    names = form.layout.fields or tuple(f"f{i}" for i in range(1, 11))
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
        most = [100] * len(names)  # as the generator of tables makes them
    else:
        most = list(known.field_sizes or [known.feature_values // known.fields] * known.fields)
    often = max(1, entry.threshold)
    return tuple(min(size, rows // often + 1) for size in most)
