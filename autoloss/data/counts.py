"""How often each value of a field was seen: added up over blocks, and on disk where the values are many."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

MOST = 1 << 20  # values of blocks that wait before they are added up; half as many distinct ones stay in memory
BLOCKS = 64  # blocks that wait, at most
_PARTS = 16  # of the values on disk, by hash: one of them is in memory at a time
_DISK = pa.schema([("value", pa.large_string()), ("count", pa.int64())])


class Counts:
    """The counts of one field. Memory grows neither with the rows nor with the values that are seen in them.

    Args:
        stem: path, without suffix, of the files that may be needed.
    """

    def __init__(self, stem: Path) -> None:
        self._stem, self._runs = stem, []
        self._pending = [pl.DataFrame(schema={"value": pl.String, "count": pl.Int64})]
        self._waiting = 0

    def add(self, values: pl.Series, counts: np.ndarray) -> None:
        """Adds the counts of a block; a value may stand there more than once, and is not seen if its count is 0."""
        frame = pl.DataFrame({"value": values, "count": pl.Series(counts, dtype=pl.Int64)})
        if not counts.all():
            frame = frame.filter(pl.col("count") > 0)
        self._add(frame)

    def add_unseen(self, values: pl.Series) -> None:
        """Values that belong to the field whether a row has them or not."""
        self._add(pl.DataFrame({"value": values, "count": pl.zeros(len(values), pl.Int64, eager=True)}))

    def kept(self, threshold: int) -> tuple[pl.DataFrame, int]:
        """(value, count) of all values with at least so many rows, sorted by their bytes; and the rows of all others.

        What was on disk is removed: nothing can be added or asked after that.
        """
        kept, left = [], 0
        for part in self._parts():
            chosen = part.filter(pl.col("count") >= threshold)
            left += int(part["count"].sum() - chosen["count"].sum())
            kept.append(chosen)
        return pl.concat(kept).sort("value"), left

    def _add(self, frame: pl.DataFrame) -> None:
        self._pending.append(frame)
        self._waiting += len(frame)
        if self._waiting > MOST or len(self._pending) > BLOCKS:
            total = self._settled()
            if len(total) > MOST // 2:
                self._to_disk(total)

    def _settled(self) -> pl.DataFrame:
        """The sums of what waits; they alone wait then."""
        total = _summed(self._pending)
        self._pending, self._waiting = [total], len(total)
        return total

    def _to_disk(self, total: pl.DataFrame) -> None:
        path = self._stem.with_suffix(f".{len(self._runs):06d}")
        part = total["value"].hash(0) % _PARTS
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, _DISK) as writer:
            for number in range(_PARTS):
                columns = total.filter(part == number).rechunk()
                oldest = pl.CompatLevel.oldest()
                writer.write(pa.record_batch([c.to_arrow(compat_level=oldest) for c in columns], schema=_DISK))
        self._runs.append(path)
        self._pending, self._waiting = [total.clear()], 0

    def _parts(self) -> Iterator[pl.DataFrame]:
        """The sums of all values, each in one part."""
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
        return pl.from_arrow(pa.ipc.open_file(source).get_batch(part))


def _summed(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames).group_by("value").agg(pl.col("count").sum())
