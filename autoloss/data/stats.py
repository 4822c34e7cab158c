"""The dataset table: what is encoded, beside what the paper has."""

from pathlib import Path

from autoloss import registry
from autoloss.data.meta import FILE, read_meta
from autoloss.schema import Dataset

COLUMNS = ("dataset", "rows", "paper", "fields", "paper", "feature values", "paper", "labels", "best possible", "MB")


def row(entry: Dataset, folder: Path) -> tuple[str, ...]:
    """A row of the table; dashes where the data are not there or the paper has no number."""
    paper = registry.load("datasets", entry.use)(**entry.params).paper or (None, None, None)
    if not (folder / FILE).exists():
        return (
            entry.name,
            "not prepared",
            _number(paper[0]),
            "–",
            _number(paper[1]),
            "–",
            _number(paper[2]),
            "–",
            "–",
            "–",
        )
    meta = read_meta(folder)
    best = ", ".join(f"{metric} {value:.4f}" for metric, value in (meta.bayes or {}).items()) or "–"
    shares = " ".join(f"{share:.3f}" for share in meta.class_shares["train"]) or "–"
    return (
        entry.name, _number(meta.rows), _number(paper[0]), str(len(meta.field_sizes)), _number(paper[1]),
        _number(meta.n_features), _number(paper[2]), shares, best, f"{meta.bytes / 1e6:,.1f}",
    )  # fmt: skip


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
