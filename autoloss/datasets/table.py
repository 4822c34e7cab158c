"""A table of one's own, csv or parquet with named columns: every column but the label is a categorical field."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from autoloss.datasets import MALFORMED, Format, Layout, Target, bucket, synthetic, whole_number
from autoloss.errors import UserError

SYNTHETIC_FIELDS = tuple(f"f{i}" for i in range(1, 11))
SYNTHETIC_VALUES = 100  # of each field
SYNTHETIC_POSITIVE = 0.25


class Table(Format):
    """csv (with a header line; plain, gz, zip or tar.gz) or parquet.

    Args:
        label: the column to predict: 0/1 (binary), a class index from 0 (multiclass), a number (regression).
        fields: the columns to predict it from (default: all others).
        integers: the fields that are whole numbers and become categories like those of Criteo: int(ln(v)²) above 2.
        separator: between the columns of a csv file; "\\t" for a tab.
    """

    defaults = {"task": "binary"}
    tasks = ("binary", "multiclass", "regression")

    def __init__(
        self,
        *,
        label: str = "label",
        fields: tuple[str, ...] = (),
        integers: tuple[str, ...] = (),
        separator: str = ",",
    ):
        if len(separator.encode()) != 1 or separator in '"\r\n\0':
            raise UserError(f"table: separator is {separator!r}, expected one ASCII character other than a quote")
        self.label, self.fields, self.integers, self.separator = label, tuple(fields), frozenset(integers), separator
        self.layout = self._layout(self.fields)
        self._check_integers(self.fields or tuple(integers))

    def fitted(self, columns: tuple[str, ...]) -> "Table":
        """The table with all columns of the file but the label as fields, in the order of the file."""
        fields = tuple(c for c in columns if c != self.label)
        if self.label not in columns or not fields:
            found = ", ".join(columns)[:300]
            raise UserError(f"table: expected the label column '{self.label}' and at least one other, found {found}")
        self._check_integers(fields)
        fit = Table(label=self.label, fields=fields, separator=self.separator)
        fit.integers = self.integers
        return fit

    def labels(self, raw: Sequence[str], target: Target) -> np.ndarray:
        """[V] the number that each label text stands for; MALFORMED if the target has no such label."""
        if target.task == "regression":
            return np.array([_number(text) for text in raw])
        whole = [whole_number(text) for text in raw]
        return np.array([float(w) if w is not None and 0 <= w < target.classes else MALFORMED for w in whole])

    def wanted_label(self, target: Target) -> str:
        """What a label may be."""
        if target.task == "multiclass":
            return f"a class from 0 to {target.classes - 1}"
        return "0 or 1" if target.task == "binary" else "a number"

    def transform(self, field_name: str, raw: Sequence[str]) -> list[str | None] | None:
        """Integers are mapped like those of Criteo; everything else is used as is."""
        return [bucket(text) for text in raw] if field_name in self.integers else None

    def wanted_value(self, field_name: str) -> str:
        """What a field may hold."""
        return "a whole number or nothing"

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
        return Layout((self.label, *fields), self.label, fields, self.separator, multiline=True)

    def _check_integers(self, fields: tuple[str, ...]) -> None:
        for name in sorted(self.integers):
            if name not in fields:
                raise UserError(f"table: integers: no field '{name}' among {', '.join(fields)[:300]}")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return MALFORMED
    return number if np.isfinite(number) else MALFORMED
