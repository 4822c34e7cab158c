"""A table of one's own, csv or parquet with named columns; docs/data.md says how each column is treated."""

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path

import numpy as np
import polars as pl

from autoloss.datasets import (
    MALFORMED,
    Column,
    Columns,
    Format,
    Layout,
    Survey,
    Target,
    bucket,
    parse,
    synthetic,
    whole_number,
)
from autoloss.datasets._table_columns import decide
from autoloss.datasets._table_labels import classes
from autoloss.errors import UserError, unknown
from autoloss.ranges import PositiveInt

SYNTHETIC_FIELDS = tuple(f"f{i}" for i in range(1, 11))
SYNTHETIC_VALUES = 100  # of each field
SYNTHETIC_POSITIVE = 0.25


class Table(Format):
    """csv (with a header line; plain, gz, zip or tar.gz) or parquet.

    Args:
        label: the column to predict.
        classes: the label texts that stand for the classes 0, 1, … (default: 0, 1, … themselves, or as many different
            texts as there are classes, in order).
        fields: the columns to predict from (default: all others).
        categorical, numeric, dates: columns treated so; any other column is treated by the rules of `infer`.
        integers: whole numbers that become categories like those of Criteo: int(ln(v)²) above 2.
        drop: columns that are not used.
        bins: quantile bins of a numeric column, fitted on training rows; a missing number has a bin of its own.
        separator: between the columns of a csv file; "\\t" for a tab.
    """

    defaults = {"task": "binary"}
    tasks = ("binary", "multiclass", "regression")
    learns_columns = True
    _of_field: Mapping[str, Column] = {}

    def __init__(
        self,
        *,
        label: str = "label",
        classes: tuple[str, ...] = (),
        fields: tuple[str, ...] = (),
        categorical: tuple[str, ...] = (),
        numeric: tuple[str, ...] = (),
        dates: tuple[str, ...] = (),
        integers: tuple[str, ...] = (),
        drop: tuple[str, ...] = (),
        bins: PositiveInt = 32,
        separator: str = ",",
    ):
        if len(separator.encode()) != 1 or separator in '"\r\n\0':
            raise UserError(f"table: separator is {separator!r}, expected one ASCII character other than a quote")
        self.label, self.classes, self.fields, self.separator = label, tuple(classes), tuple(fields), separator
        self.bins = bins
        self.named = {
            "categorical": tuple(categorical), "numeric": tuple(numeric), "dates": tuple(dates),
            "integers": tuple(integers), "drop": tuple(drop),
        }  # fmt: skip
        self._check_named()
        self.layout = self._layout(self.fields)

    def surveyed(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """All columns but those that are dropped."""
        if self.label not in columns:
            hint = "; set separator" if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|,") else ""
            raise UserError(f"table: no column '{self.label}' to predict; found {', '.join(columns)[:300]}{hint}")
        for key, names in {"fields": self.fields, **self.named}.items():
            for name in names:
                if name not in columns:
                    raise unknown("column", name, columns, f"table: {key}")
        return tuple(name for name in columns if name not in self.named["drop"])

    def fitted(self, survey: Survey, target: Target) -> "Table":
        """The table with its columns named, and those that no setting names treated by the rules."""
        if self.classes and len(set(self.classes)) != target.classes:
            raise UserError(
                f"table: classes: found {', '.join(self.classes)}, expected {target.classes} different texts"
            )
        labels = self.classes or classes(survey.labels, target)
        return self.restored(Columns(labels, decide(survey, self.label, self.fields, self.named, self.bins)))

    def restored(self, columns: Columns) -> "Table":
        """The table as an earlier file fitted it."""
        fit = copy(self)
        fit.learned, fit.classes = columns, columns.classes
        fit._of_field = {name: column for column in columns.columns for name in column.fields}
        fit.integers = frozenset(column.name for column in columns.columns if column.kind == "integers")
        fit.layout = fit._layout(tuple(fit._of_field))
        return fit

    def labels(self, raw: Sequence[str], target: Target) -> np.ndarray:
        """[V] the number that each label text stands for; MALFORMED if the target has no such label."""
        if target.task == "regression":
            return np.array([_number(text) for text in raw])
        if self.classes:
            index = {text: float(i) for i, text in enumerate(self.classes)}
            return np.array([index.get(text, MALFORMED) for text in raw])
        whole = [whole_number(text) for text in raw]
        return np.array([float(w) if w is not None and 0 <= w < target.classes else MALFORMED for w in whole])

    def wanted_label(self, target: Target) -> str:
        """What a label may be."""
        if target.task == "regression":
            return "a number"
        if self.classes:
            return " or ".join(self.classes[:5]) + (" or …" if self.classes[5:] else "")
        return f"a class from 0 to {target.classes - 1}" if target.task == "multiclass" else "0 or 1"

    def transform(self, field_name: str, raw: Sequence[str]) -> list[str | None] | None:
        """Numbers become bins, dates calendar parts, integers buckets; categories are used as they are."""
        column = self._of_field[field_name]
        if column.kind == "categorical":
            return None
        if column.kind == "integers":
            return [bucket(text) for text in raw]
        texts = pl.Series(raw, dtype=pl.String)
        if column.kind == "numeric":
            return parse.bins(texts, column.edges)
        return parse.parts(texts, field_name.removeprefix(f"{column.name}."))

    def wanted_value(self, field_name: str) -> str:
        """What a field may hold."""
        return {"numeric": "a number or nothing", "date": "a date such as 2024-01-31 or nothing"}.get(
            self._of_field[field_name].kind, "a whole number or nothing"
        )

    def truth(self, stored: np.ndarray, target: Target) -> np.ndarray:
        """Synthetic labels are 0 or 1: the first two classes, or a number whose mean is the probability of 1."""
        if target.task != "multiclass":
            return stored
        rest = np.zeros((len(stored), target.classes - 2))
        return np.column_stack([1 - stored, stored, rest])

    def synthetic(self, folder: Path, rows: int, seed: int) -> None:
        """Ten fields (or the named ones) of 100 values each: few enough that 100,000 rows teach every value."""
        fields = self.fields or SYNTHETIC_FIELDS
        sizes = [SYNTHETIC_VALUES] * len(fields)
        model = synthetic.FactorModel(np.random.default_rng([seed, 0]), sizes, 1.5, 0.6)
        constant = None
        with synthetic.TruthFile(folder, (rows,)) as truth, (folder / self.synthetic_file).open("wb") as out:
            for first, n, rng in synthetic.chunks(rows, seed):
                ranks = [synthetic.ranks(rng, n, size, 2) for size in sizes]
                z = model.logits(ranks)
                constant = synthetic.intercept(z, SYNTHETIC_POSITIVE) if constant is None else constant
                p = synthetic.sigmoid(z + constant)
                truth.write(p)
                label = (rng.random(n) < p).astype(np.uint8)
                frame = pl.DataFrame({self.label: label, **dict(zip(fields, ranks, strict=True))})
                frame.write_csv(out, separator=self.separator, include_header=first == 0)

    def _layout(self, fields: tuple[str, ...]) -> Layout:
        derived = {name: column.name for name, column in self._of_field.items() if name != column.name}
        columns = dict.fromkeys(derived.get(name, name) for name in fields)
        return Layout((self.label, *columns), self.label, fields, self.separator, multiline=True, derived=derived)

    def _check_named(self) -> None:
        """Refuses a column that is named twice, or the label among the features."""
        once = {"label": (self.label,), **self.named}
        place: dict[str, str] = {}
        for key, names in once.items():
            for name in names:
                if name in place:
                    raise UserError(f"table: {key}: column '{name}' is named under {place[name]} already")
                place[name] = key
        if self.label in self.fields:
            raise UserError(f"table: fields: '{self.label}' is the label; it cannot predict itself")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return MALFORMED
    return number if np.isfinite(number) else MALFORMED
