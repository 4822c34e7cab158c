"""How often each value of a field occurs: summed over blocks, and kept on disk if there are many values."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from autoloss.data.encode import short_texts

MOST = 1 << 20  # values waiting to be summed; half as many distinct ones may stay in memory
BLOCKS = 64  # blocks waiting to be summed, at most
_PARTS = 16  # parts of the values on disk, by hash; one is in memory at a time


class ValueCounts:
    """The counts of one field. Memory grows neither with the rows nor with the number of distinct values.

    Args:
        stem: path, without suffix, of files that may be needed.
    """

    def __init__(self, stem: Path) -> None:
        self._stem = stem
        self._runs: list[Path] = []
        self._pending = [pl.DataFrame(schema={"value": pl.UInt64, "count": pl.Int64})]
        self._waiting, self._long = 0, False  # long: some of the field's texts do not fit into a number

    def add(self, values: pa.Array, counts: np.ndarray) -> None:
        """Adds the counts of a block; a value may occur more than once, and counts as unseen if its count is 0."""
        frame = pl.DataFrame({"value": pl.Series(values), "count": pl.Series(counts, dtype=pl.Int64)})
        if not counts.all():
            frame = frame.filter(pl.col("count") > 0)
        self._add(frame)

    def add_unseen(self, values: pa.Array) -> None:
        """Adds values that belong to the field whether or not a row has them."""
        self._add(pl.DataFrame({"value": pl.Series(values), "count": pl.zeros(len(values), pl.Int64, eager=True)}))

    def kept(self, threshold: int) -> tuple[pl.DataFrame, int]:
        """(value, count) of values that occur at least `threshold` times, sorted by bytes; and the rows of the others.

        Removes the files on disk: the object cannot be used afterwards.
        """
        kept: list[pl.DataFrame] = []
        left = 0
        for part in self._parts():
            chosen = part.filter(pl.col("count") >= threshold)
            left += int(part.filter(pl.col("count") < threshold)["count"].to_numpy().sum())
            kept.append(chosen)
        return _as_texts(pl.concat(kept)).sort("value"), left

    def _add(self, frame: pl.DataFrame) -> None:
        if frame["value"].dtype == pl.String and not self._long:
            self._become_long()
        self._pending.append(_as_texts(frame) if self._long else frame)
        self._waiting += len(frame)
        if self._waiting > MOST or len(self._pending) > BLOCKS:
            total = self._settled()
            if len(total) > MOST // 2:
                self._to_disk(total)

    def _settled(self) -> pl.DataFrame:
        """Sums what is waiting and returns it."""
        total = _summed(self._pending)
        self._pending, self._waiting = [total], len(total)
        return total

    def _become_long(self) -> None:
        """Converts all values to texts, for good."""
        waiting, runs = [_as_texts(frame) for frame in self._pending], self._runs
        self._long, self._runs = True, []
        for path in runs:
            self._to_disk(_as_texts(pl.concat([_read(path, part) for part in range(_PARTS)])))
            path.unlink()
        self._pending, self._waiting = waiting, sum(map(len, waiting))

    def _to_disk(self, total: pl.DataFrame) -> None:
        path = self._stem.with_suffix(f".{'long' if self._long else 'short'}{len(self._runs):06d}")
        schema = pa.schema([("value", pa.large_string() if self._long else pa.uint64()), ("count", pa.int64())])
        part = total["value"].hash(0) % _PARTS
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for number in range(_PARTS):
                columns = total.filter(part == number).rechunk()
                arrays = [column.to_arrow(compat_level=pl.CompatLevel.oldest()) for column in columns]
                writer.write(pa.record_batch(arrays, schema=schema))
        self._runs.append(path)
        self._pending, self._waiting = [total.clear()], 0

    def _parts(self) -> Iterator[pl.DataFrame]:
        """The sums of all values, in parts; each value is in one part."""
        total = self._settled()
        if not self._runs:
            yield total
            return
        self._to_disk(total)
        for number in range(_PARTS):
            yield _summed([_read(path, number) for path in self._runs])
        for path in self._runs:
            path.unlink()


def _read(path: Path, part: int) -> pl.DataFrame:
    with pa.memory_map(str(path)) as source:
        return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(source).get_batch(part)))


def _as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    if frame["value"].dtype == pl.String:
        return frame
    return frame.with_columns(value=pl.Series(short_texts.texts(pa.array(frame["value"].to_numpy())), dtype=pl.String))


def _summed(frames: list[pl.DataFrame]) -> pl.DataFrame:
    together = pl.concat(frames)
    if together["value"].dtype == pl.String:
        return together.group_by("value").agg(pl.col("count").sum())
    values, counts = together["value"].to_numpy(), together["count"].to_numpy()
    order = np.argsort(values)
    values = values[order]
    first = np.flatnonzero(np.concatenate([np.ones(min(1, len(values)), bool), values[1:] != values[:-1]]))
    sums = np.add.reduceat(counts[order], first) if len(first) else counts
    return pl.DataFrame({"value": values[first], "count": sums})
