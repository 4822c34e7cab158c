"""The dataset table: what is encoded, beside what the paper has."""

from pathlib import Path

from autoloss import registry
from autoloss.config import Dataset
from autoloss.data.meta import FILE, read_meta

COLUMNS = ("dataset", "rows", "paper", "fields", "paper", "feature values", "paper", "labels", "best possible", "MB")


def row(entry: Dataset, folder: Path) -> tuple[str, ...]:
    """A row of the table; dashes where the data are not there or the paper has no number."""
    paper = registry.load("datasets", entry.use)(**entry.params).paper or (None, None, None)
    rows, fields, values = map(_number, paper)
    if not (folder / FILE).exists():
        return entry.name, "not prepared", rows, "–", fields, "–", values, "–", "–", "–"
    meta = read_meta(folder)
    best = ", ".join(f"{metric} {value:.4f}" for metric, value in (meta.bayes or {}).items()) or "–"
    shares = " ".join(f"{share:.3f}" for share in meta.class_shares["train"]) or "–"
    size = f"{meta.bytes / 1e6:,.1f}"
    ours = _number(meta.rows), _number(len(meta.field_sizes)), _number(meta.n_features)
    return entry.name, ours[0], rows, ours[1], fields, ours[2], values, shares, best, size


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
