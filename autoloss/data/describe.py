"""Describes a table before it is used: how each column would be treated, and the entry for params.yaml that says so."""

from dataclasses import dataclass
from pathlib import Path

from autoloss import registry
from autoloss.config import Dataset, dataset
from autoloss.config.read import Plain
from autoloss.data import columns
from autoloss.data.encode.survey import survey
from autoloss.data.fetch import local
from autoloss.datasets import KEY_OF, Column, Columns, Format, Seen, Survey, Target
from autoloss.errors import UserError

MOST_CLASSES = 20  # different whole numbers that are still taken for classes
SHOWN = 10  # classes
WHERE = "autoloss data describe"
# How a new table is encoded unless told otherwise: a value seen once teaches nothing, and a rare-value slot that has
# been trained is where a value goes that the model has never seen.
DEFAULTS: dict[str, Plain] = {"threshold": 2, "vocabulary": "train"}


@dataclass(frozen=True)
class Row:
    """A line of the table: a column, and what becomes of it.

    Attributes:
        column: its name. treated: what it is taken for. distinct: different values. kept: values or bins with an id
            of their own. missing: rows without a value. reason: why it is treated so.
    """

    column: str
    treated: str
    distinct: int | None
    kept: int | None
    missing: int | None
    reason: str


@dataclass(frozen=True)
class Described:
    """What a table holds and how it would be encoded.

    Attributes:
        rows: how many. columns: one line each.
        label: what is to be predicted, in words.
        warnings: what a person should look at.
        entry: the dataset's entry in params.yaml.
    """

    rows: int
    columns: tuple[Row, ...]
    label: str
    warnings: tuple[str, ...]
    entry: dict[str, Plain]


def describe(source: Path, values: dict[str, Plain]) -> Described:
    """Describes a csv or parquet file.

    Args:
        source: the file.
        values: settings as in params.yaml; what they leave out is inferred.

    Raises:
        UserError: bad settings, or a file that is no table.
    """
    asked = {**DEFAULTS, **values, "source": str(source)}
    task_known = "task" in asked
    entry = dataset("table", {**asked, **({} if task_known else {"task": "regression"})}, WHERE)
    form: Format = registry.load("datasets", "table")(**entry.params)
    found = survey(local.raw_file(local.file(entry), form), form, entry)
    if not task_known:
        asked = {**asked, **_task(found, entry)}
        entry = dataset("table", asked, WHERE)
    fitted = form.fitted(found, Target.of(entry))
    learned = fitted.learned or Columns((), ())
    seen = {each.name: each for each in found.columns}
    return Described(
        rows=found.rows,
        columns=tuple(_row(column, seen.get(column.name), entry) for column in learned.columns),
        label=_label(entry, fitted, found),
        warnings=(*_label_warning(entry), *columns.warnings(fitted)),
        entry=_entry(asked, entry, learned),
    )


def _task(found: Survey, entry: Dataset) -> dict[str, Plain]:
    """The task that the label suggests."""
    label = next(seen for seen in found.columns if seen.name == entry.params["label"])
    if label.distinct == 2:
        return {"task": "binary"}
    if label.numbers and (not label.whole or label.distinct > MOST_CLASSES):
        return {"task": "regression"}
    if label.distinct < 2:
        raise UserError(f"{entry.source}: all rows have the same {label.name}, expected two labels or more")
    return {"task": "multiclass", "n_classes": label.distinct}


def _label(entry: Dataset, form: Format, found: Survey) -> str:
    name, classes = entry.params["label"], form.learned.classes if form.learned else ()
    missing = next(seen.missing for seen in found.columns if seen.name == name)
    text = f"label {name}, {entry.task}"
    if entry.n_classes:
        text += f" with {entry.n_classes} classes"
    if classes:
        shown = [f"{label} → {number}" for number, label in enumerate(classes)]
        text += ": " + ", ".join(shown[:SHOWN]) + (", …" if shown[SHOWN:] else "")
    return text + (f"; {missing:,} rows have none" if missing else "")


def _label_warning(entry: Dataset) -> list[str]:
    if (entry.n_classes or 0) <= MOST_CLASSES:
        return []
    return [
        f"{entry.params['label']} has {entry.n_classes} different texts, each a class: is it the column to predict?"
    ]


def _row(column: Column, seen: Seen | None, entry: Dataset) -> Row:
    if seen is None:
        return Row(column.name, column.kind, None, None, None, column.reason)
    kept = None
    if column.kind == "categorical":
        kept = seen.frequent
    elif column.kind == "numeric":
        kept = len(column.edges) + 1
    treated = f"date: {', '.join(column.parts)}" if column.parts else column.kind
    return Row(column.name, treated, seen.distinct, kept, seen.missing, column.reason)


def _entry(asked: dict[str, Plain], entry: Dataset, learned: Columns) -> dict[str, Plain]:
    """The entry with every column named, so that no rule decides anything later."""
    named: dict[str, Plain] = {}
    if not entry.params["fields"]:
        for kind, key in KEY_OF.items():
            if names := [column.name for column in learned.columns if column.kind == kind]:
                named[key] = list(names)
    classes: dict[str, Plain] = {"classes": list(learned.classes)} if learned.classes else {}
    first = ("source", "task", "n_classes", "label")
    said = {**{key: asked[key] for key in first if key in asked}, **asked}
    return {"use": "table", **said, **classes, **named}
