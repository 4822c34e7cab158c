"""The vocabularies: the values of each field that occur often enough, sorted, and their ids."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from autoloss.data.encode import short_texts
from autoloss.data.encode.value_counts import ValueCounts
from autoloss.data.facts import VOCABULARY
from autoloss.errors import UserError


class Vocabulary:
    """Ids of values. Field f has the ids offsets[f] … offsets[f] + sizes[f] - 1, its rare-value slot first.

    Attributes:
        names: of the fields.
        tables: of each field (value, count, id), sorted by value.
        rare: whether each field has a slot for rare and unseen values. rare_counts: rows in that slot.
        sizes, offsets: of each field.
    """

    def __init__(self, names: list[str], tables: list[pl.DataFrame], rare: list[bool], rare_counts: list[int]):
        self.names, self.rare, self.rare_counts = names, rare, rare_counts
        self.sizes = [len(t) + r for t, r in zip(tables, rare, strict=True)]
        self.offsets = [0, *np.cumsum(self.sizes).tolist()][:-1]
        self._known = [short_texts.shortened(pa.array(t["value"].to_arrow().cast(pa.string()))) for t in tables]
        self.tables = [
            t.with_columns(id=(pl.int_range(pl.len()) + first + r).cast(pl.Int32))
            for t, first, r in zip(tables, self.offsets, rare, strict=True)
        ]

    @classmethod
    def build(cls, names: list[str], counts: list[ValueCounts], threshold: int, rare: bool) -> "Vocabulary":
        """Keeps the values that occur at least `threshold` times, sorted by bytes."""
        tables, left = zip(*(field.kept(threshold) for field in counts), strict=True)
        return cls(names, list(tables), [rare] * len(names), list(left))

    def ids(self, field: int, values: pa.Array) -> np.ndarray:
        """[n] int32 ids (offset included) of categories, texts or numbers of `short_texts`.

        Rare and unseen ones get the field's rare-value slot, or -1 if it has none.
        """
        values, known = short_texts.alike([short_texts.shortened(values), self._known[field]])
        found = pc.call_function("index_in", [values], pc.SetLookupOptions(known)).fill_null(-1).to_numpy()
        first, rare = self.offsets[field], self.rare[field]
        return np.where(found < 0, first if rare else -1, found + np.int32(first + rare)).astype(np.int32)

    def write(self, folder: Path) -> None:
        """Writes vocabulary.parquet: field, value (null: the rare-value slot), count, id; sorted by id."""
        parts = []
        for name, table, rare, count, first in zip(
            self.names, self.tables, self.rare, self.rare_counts, self.offsets, strict=True
        ):
            slot = pl.DataFrame({"value": [None], "count": [count], "id": [first]}, schema=dict(table.schema))
            whole = pl.concat([slot, table]) if rare else table
            parts.append(whole.select(pl.lit(name).alias("field"), "value", "count", "id"))
        pl.concat(parts).write_parquet(folder / VOCABULARY)

    @classmethod
    def read(cls, folder: Path, names: list[str]) -> "Vocabulary":
        """The vocabulary of an encoded dataset."""
        path = folder / VOCABULARY
        if not path.exists():
            raise UserError(f"{path}: not found; prepare the data first")
        whole = pl.read_parquet(path)
        tables, rare, counts = [], [], []
        for name in names:
            table = whole.filter(pl.col("field") == name).select("value", "count")
            slot = table.filter(pl.col("value").is_null())
            tables.append(table.filter(pl.col("value").is_not_null()))
            rare.append(len(slot) > 0)
            counts.append(int(slot["count"].sum()))
        return cls(names, tables, rare, counts)
