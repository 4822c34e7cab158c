"""The values of each field and the ids they get: counted over blocks, kept from a threshold on, sorted."""

from pathlib import Path

import numpy as np
import polars as pl

from autoloss.errors import UserError

FILE = "vocabulary.parquet"
_PENDING = 400_000  # distinct values of blocks that wait before they are added up


class Counts:
    """How often each value of one field was seen. Memory grows with the distinct values, not with the rows."""

    def __init__(self) -> None:
        self._total = pl.DataFrame(schema={"value": pl.String, "count": pl.Int64})
        self._pending: list[pl.DataFrame] = []
        self._waiting = 0

    def add(self, values: pl.Series, counts: np.ndarray) -> None:
        """Adds the counts of a block; a value may stand there more than once."""
        frame = pl.DataFrame({"value": values, "count": pl.Series(counts, dtype=pl.Int64)})
        if not counts.all():
            frame = frame.filter(pl.col("count") > 0)
        self._pending.append(frame)
        self._waiting += len(frame)
        if self._waiting > max(_PENDING, len(self._total) // 2):
            self._settle()

    def table(self) -> pl.DataFrame:
        """(value, count) of all values, in no order."""
        self._settle()
        return self._total

    def _settle(self) -> None:
        if self._pending:
            together = pl.concat([self._total, *self._pending])
            self._total = together.group_by("value").agg(pl.col("count").sum())
            self._pending, self._waiting = [], 0


class Vocabulary:
    """Ids of values. Field f has the ids offsets[f] … offsets[f] + sizes[f] - 1, its rare-value slot first.

    Attributes:
        names: of the fields.
        tables: of each field (value, count, id), sorted by value.
        rare: of each field, whether it has a slot for rare and unseen values.
        sizes, offsets: of each field.
    """

    def __init__(self, names: list[str], tables: list[pl.DataFrame], rare: list[bool], rare_counts: list[int]):
        self.names, self.rare, self.rare_counts = names, rare, rare_counts
        self.sizes = [len(t) + r for t, r in zip(tables, rare, strict=True)]
        self.offsets = [0, *np.cumsum(self.sizes).tolist()][:-1]
        self.tables = [
            t.with_columns(id=(pl.int_range(pl.len()) + first + r).cast(pl.Int32))
            for t, first, r in zip(tables, self.offsets, rare, strict=True)
        ]

    @classmethod
    def build(cls, names: list[str], counts: list[pl.DataFrame], threshold: int, rare: bool) -> "Vocabulary":
        """Keeps the values that were seen at least `threshold` times, sorted by their bytes."""
        kept = [t.filter(pl.col("count") >= threshold).sort("value") for t in counts]
        left = [int(t["count"].sum() - k["count"].sum()) for t, k in zip(counts, kept, strict=True)]
        return cls(names, kept, [rare] * len(names), left)

    def ids(self, field: int, values: pl.Series) -> np.ndarray:
        """[n] int32 ids (offset included) of texts that the recipe has mapped.

        Rare and unseen ones get the rare-value slot; -1 where the field has none.
        """
        found = pl.DataFrame({"value": values}).join(
            self.tables[field].select("value", "id"), on="value", how="left", maintain_order="left"
        )["id"]
        return found.fill_null(self.offsets[field] if self.rare[field] else -1).to_numpy()

    def write(self, folder: Path) -> None:
        """Writes vocabulary.parquet: field, value (null: the rare-value slot), count, id; sorted by id."""
        parts = []
        for name, table, rare, count, first in zip(
            self.names, self.tables, self.rare, self.rare_counts, self.offsets, strict=True
        ):
            slot = pl.DataFrame({"value": [None], "count": [count], "id": [first]}, schema=dict(table.schema))
            whole = pl.concat([slot, table]) if rare else table
            parts.append(whole.select(pl.lit(name).alias("field"), "value", "count", "id"))
        pl.concat(parts).write_parquet(folder / FILE)

    @classmethod
    def read(cls, folder: Path, names: list[str]) -> "Vocabulary":
        """The vocabulary beside an encoded dataset."""
        path = folder / FILE
        if not path.exists():
            raise UserError(f"{path}: not there; prepare the data first")
        whole = pl.read_parquet(path)
        tables, rare, counts = [], [], []
        for name in names:
            table = whole.filter(pl.col("field") == name).select("value", "count")
            slot = table.filter(pl.col("value").is_null())
            tables.append(table.filter(pl.col("value").is_not_null()))
            rare.append(len(slot) > 0)
            counts.append(int(slot["count"].sum()))
        return cls(names, tables, rare, counts)
