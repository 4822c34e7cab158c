"""Texts of up to eight bytes as 64-bit numbers (their bytes), which hash and sort several times as fast."""

import numpy as np
import polars as pl
import pyarrow as pa

_LONGEST = 8  # bytes


def of_views(array: pa.Array) -> np.ndarray | None:
    """[n] uint64 numbers of an Arrow array of string views without zero bytes; None if a text has over 8 bytes."""
    # a view of a text of at most twelve bytes: its length in four bytes, then the text, then zeros
    views = np.frombuffer(array.buffers()[1], "<u8").reshape(-1, 2)[array.offset : array.offset + len(array)]
    low, high = views[:, 0], views[:, 1]
    if (low.astype(np.uint32) > _LONGEST).any():
        return None
    numbers = high << np.uint64(32)
    numbers |= low >> np.uint64(32)
    return numbers


def texts(values: pa.Array) -> pa.Array:
    """The texts (string) of values that are numbers made here (uint64) or texts already."""
    if not pa.types.is_uint64(values.type):
        return values
    raw = values.to_numpy().astype("<u8", copy=False).view(np.uint8)
    there = raw != 0
    ends = np.cumsum(there.reshape(-1, _LONGEST).sum(1), dtype=np.int32)
    offsets = np.concatenate([np.zeros(1, np.int32), ends])
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(raw[there]))


def shortened(values: pa.Array) -> pa.Array:
    """Texts (string) as numbers (uint64) if all of them fit; numbers stay as they are."""
    if pa.types.is_uint64(values.type):
        return values
    if not len(values):
        return pa.array([], pa.uint64())
    numbers = of_views(pl.Series(values).rechunk().to_arrow(compat_level=pl.CompatLevel.newest()))
    if numbers is None or not texts(pa.array(numbers)).equals(values):  # a text with a zero byte
        return values
    return pa.array(numbers)


def alike(some: list[pa.Array]) -> list[pa.Array]:
    """Arrays of values, all as numbers or all as texts."""
    return some if len({values.type for values in some}) == 1 else [texts(values) for values in some]
