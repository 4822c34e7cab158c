"""The data: ours beside the paper's."""

from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.tables._numbers import ABSENT, fixed, number, whole
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

# Rows, fields and feature values of the full data: Criteo and ML-20m as the paper gives them; Avazu by the same recipe.
PAPER = {
    "criteo": (45_840_617, 39, 1_086_810),
    "ml-20m": (20_000_263, 2, 165_771),
    "avazu": (40_428_967, 22, 2_018_012),
}
FIELDS = (
    "scale", "dataset", "task", "source", "rows", "train", "valid", "test", "fields", "feature_values", "class_shares",
    "bayes_auc", "bayes_logloss", "paper_rows", "paper_fields", "paper_feature_values",
)  # fmt: skip
COLUMNS = (
    "Rows", "Rows, paper", "Fields", "Fields, paper", "Feature values", "Feature values, paper",
    "Class shares, test", "Bayes AUC", "Bayes logloss",
)  # fmt: skip


def datasets(material: Material) -> Table:
    """One row per dataset in use."""
    records = [_record(material, name) for name in material.config.used_datasets()]
    return Table(
        name="datasets",
        title="Datasets",
        caption="What the models were trained on at this scale, beside what the paper states of the full data.",
        columns=(Column("Dataset", numeric=False, head=True), Column("Source", numeric=False), *map(Column, COLUMNS)),
        rows=tuple(_row(record) for record in records),
        notes=_notes(material, records),
        records=records,
        fields=FIELDS,
    )


def _record(material: Material, name: str) -> dict:
    meta, dataset = material.meta.get(name) or {}, material.config.datasets[name]
    parts, sizes = meta.get("rows_per_split") or {}, meta.get("field_sizes") or []
    theirs = PAPER.get(name, (None, None, None))
    return {
        "scale": material.config.scale,
        "dataset": name,
        "task": dataset.task,
        "source": "generated" if dataset.source == "synthetic" else "real",
        "rows": meta.get("rows"),
        **{part: parts.get(part) for part in ("train", "valid", "test")},
        "fields": len(sizes) or None,
        "feature_values": sum(sizes) or None,
        "class_shares": " ".join(f"{share:.4f}" for share in _shares(meta)),
        "bayes_auc": (meta.get("bayes") or {}).get("auc"),
        "bayes_logloss": (meta.get("bayes") or {}).get("logloss"),
        **dict(zip(("paper_rows", "paper_fields", "paper_feature_values"), theirs, strict=True)),
    }


def _shares(meta: dict) -> list[float]:
    """The class shares of the test rows: those that the metrics are computed on, never flipped."""
    shares = meta.get("class_shares") or {}
    return shares.get("test", []) if isinstance(shares, dict) else shares


def _row(record: dict) -> Row:
    counted = [number(record[k], whole(record[k]), quiet=k.startswith("paper")) for k in (
        "rows", "paper_rows", "fields", "paper_fields", "feature_values", "paper_feature_values")]  # fmt: skip
    shares = record["class_shares"].split()
    # of two classes the second says all
    text = f"{float(shares[1]):.1%} positive" if len(shares) == 2 else " / ".join(f"{float(s):.0%}" for s in shares)
    bayes = [number(record[k], fixed(record[k])) for k in ("bayes_auc", "bayes_logloss")]
    return Row((head(title(record["dataset"])), Value(record["source"]), *counted, Value(text or ABSENT), *bayes))


def _notes(material: Material, records: list[dict]) -> tuple[str, ...]:
    notes = [f"Scale: {material.config.scale}."]
    if any(r["source"] == "generated" for r in records):
        notes.append(
            "Generated data have the raw format of the real set and labels drawn from a known model, "
            "so the best reachable AUC and logloss (Bayes) are known."
        )
    if any(r["dataset"] == "avazu" for r in records):
        notes.append(
            "Avazu: the paper gives no counts; those beside ours follow from its preprocessing on the full data."
        )
    lacking = [title(r["dataset"]) for r in records if r["rows"] is None]
    if lacking:
        notes.append(f"Not there: the encoded data of {', '.join(lacking)}.")
    return tuple(notes)
