"""The data: ours beside the paper's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, places, stored, table
from autoloss.reporting.tables._numbers import ABSENT, fixed, whole
from autoloss.reporting.tables._table import Table, Value


@dataclass(frozen=True)
class Counts:
    """Rows, fields and feature values of a dataset; None where they are not known."""

    rows: int | None = None
    fields: int | None = None
    feature_values: int | None = None


# The full data: Criteo and ML-20m as the paper gives them; Avazu by the same recipe.
PAPER = {
    "criteo": Counts(45_840_617, 39, 1_086_810),
    "ml-20m": Counts(20_000_263, 2, 165_771),
    "avazu": Counts(40_428_967, 22, 2_018_012),
}


@dataclass(frozen=True)
class Encoded:
    """A dataset in use: what was encoded at this scale (`meta`, its meta.json), and what the paper counts."""

    scale: str
    dataset: str
    task: str
    source: str
    meta: dict[str, Any]

    @property
    def ours(self) -> Counts:
        sizes = self.meta.get("field_sizes") or []
        return Counts(self.meta.get("rows"), len(sizes) or None, sum(sizes) or None)

    @property
    def paper(self) -> Counts:
        return PAPER.get(self.dataset, Counts())

    @property
    def shares(self) -> list[float]:
        """The class shares of the test rows: those that the metrics are computed on, never flipped."""
        shares = self.meta.get("class_shares") or {}
        return shares.get("test", []) if isinstance(shares, dict) else shares

    def split(self, part: str) -> int | None:
        return (self.meta.get("rows_per_split") or {}).get(part)

    def bayes(self, metric: str) -> float | None:
        return (self.meta.get("bayes") or {}).get(metric)


COLUMNS: tuple[Column[Encoded], ...] = (
    *stored("scale"),
    *places("dataset"),
    *stored("task"),
    Column("source", "Source", lambda d: d.source, numeric=False),
    Column("rows", "Rows", lambda d: d.ours.rows, whole),
    Column("paper_rows", "Rows, paper", lambda d: d.paper.rows, whole, quiet=True),
    Column("train", value=lambda d: d.split("train")),
    Column("valid", value=lambda d: d.split("valid")),
    Column("test", value=lambda d: d.split("test")),
    Column("fields", "Fields", lambda d: d.ours.fields, whole),
    Column("paper_fields", "Fields, paper", lambda d: d.paper.fields, whole, quiet=True),
    Column("feature_values", "Feature values", lambda d: d.ours.feature_values, whole),
    Column("paper_feature_values", "Feature values, paper", lambda d: d.paper.feature_values, whole, quiet=True),
    Column(
        "class_shares", "Class shares, test", lambda d: " ".join(f"{s:.4f}" for s in d.shares),
        entry=lambda d: Value(_shares(d.shares)),
    ),
    Column("bayes_auc", "Bayes AUC", lambda d: d.bayes("auc"), fixed),
    Column("bayes_logloss", "Bayes logloss", lambda d: d.bayes("logloss"), fixed),
)  # fmt: skip


def datasets(material: Material) -> Table:
    """One row per dataset in use."""
    known = material.config.datasets
    used = [
        Encoded(
            material.config.scale,
            name,
            known[name].task,
            "generated" if known[name].source == "synthetic" else "real",
            material.meta.get(name) or {},
        )
        for name in material.config.used_datasets()
    ]
    return table(
        "datasets",
        "Datasets",
        "What the models were trained on at this scale, beside what the paper states of the full data.",
        COLUMNS,
        used,
        notes=_notes(material, used),
    )


def _shares(shares: Sequence[float]) -> str:
    """Of two classes the second says it all."""
    if len(shares) == 2:
        return f"{shares[1]:.1%} positive"
    return " / ".join(f"{share:.0%}" for share in shares) or ABSENT


def _notes(material: Material, used: Sequence[Encoded]) -> list[str]:
    notes = [f"Scale: {material.config.scale}."]
    if any(d.source == "generated" for d in used):
        notes.append(
            "Generated data have the raw format of the real set and labels drawn from a known model, "
            "so the best reachable AUC and logloss (Bayes) are known."
        )
    if any(d.dataset == "avazu" for d in used):
        notes.append(
            "Avazu: the paper gives no counts; those beside ours follow from its preprocessing on the full data."
        )
    lacking = [title(d.dataset) for d in used if d.ours.rows is None]
    if lacking:
        notes.append(f"Not encoded yet: {', '.join(lacking)}.")
    return notes
