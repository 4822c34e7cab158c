"""The data: ours beside the paper's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autoloss.data import published
from autoloss.data.facts import Facts
from autoloss.datasets import Published
from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, places, stored, table
from autoloss.reporting.tables._numbers import ABSENT, fixed, whole
from autoloss.reporting.tables._table import Table, Value


@dataclass(frozen=True)
class Encoded:
    """A dataset in use: what was encoded at this scale, and the counts of the full data (None where unknown)."""

    scale: str
    dataset: str
    task: str
    source: str
    facts: Facts | None
    full: Published | None

    @property
    def shares(self) -> tuple[float, ...]:
        """The class shares of the test rows: those that the metrics are computed on, never flipped."""
        return self.facts.class_shares["test"] if self.facts else ()

    def split(self, part: str) -> int | None:
        return self.facts.rows_per_split[part] if self.facts else None

    def bayes(self, metric: str) -> float | None:
        return (self.facts and self.facts.bayes or {}).get(metric)


def _count(
    name: str, title: str, encoded: Callable[[Facts], int], full: Callable[[Published], int]
) -> tuple[Column[Encoded], ...]:
    """A count of ours, and below it that of the full data."""

    def ours(dataset: Encoded) -> int | None:
        return encoded(dataset.facts) if dataset.facts else None

    def paper(dataset: Encoded) -> int | None:
        return full(dataset.full) if dataset.full else None

    def entry(dataset: Encoded) -> Value:
        theirs = paper(dataset)
        note = "" if theirs is None else f"full data {whole(theirs)}"
        return Value(whole(ours(dataset)), note=note, sort=ours(dataset))

    return Column(name, title, ours, entry=entry), Column(f"paper_{name}", value=paper)


COLUMNS: tuple[Column[Encoded], ...] = (
    *stored("scale"),
    *places("dataset"),
    *stored("task"),
    Column("source", "Source", lambda d: d.source, numeric=False),
    *_count("rows", "Rows", lambda f: f.rows, lambda p: p.rows),
    Column("train", value=lambda d: d.split("train")),
    Column("valid", value=lambda d: d.split("valid")),
    Column("test", value=lambda d: d.split("test")),
    *_count("fields", "Fields", lambda f: len(f.field_sizes), lambda p: p.fields),
    *_count("feature_values", "Feature values", lambda f: f.n_features, lambda p: p.feature_values),
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
            material.facts.get(name),
            published.counts(known[name]),
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
    derived = [title(d.dataset) for d in used if d.full and not d.full.in_paper]
    if derived:
        notes.append(
            f"{', '.join(derived)}: the paper gives no counts; "
            "those beside ours follow from its preprocessing on the full data."
        )
    lacking = [title(d.dataset) for d in used if d.facts is None]
    if lacking:
        notes.append(f"Not encoded yet: {', '.join(lacking)}.")
    return notes
