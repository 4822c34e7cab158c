"""Helpers for synthetic rows: skewed values, and labels drawn from a known low-rank factorisation model.

Values are drawn with operations that IEEE 754 rounds exactly (products, floor), so that a seed gives the
same file on every processor.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

CHUNK = 200_000  # rows generated at once; another number gives other rows for the same seed
DIM = 3  # rank of the interactions


def chunks(rows: int, seed: int) -> Iterator[tuple[int, int, np.random.Generator]]:
    """(first row, number of rows, random generator) of each chunk; the generator depends only on seed and chunk."""
    for index, first in enumerate(range(0, rows, CHUNK)):
        yield first, min(CHUNK, rows - first), np.random.default_rng([seed, 1, index])


def power(u: np.ndarray, exponent: int) -> np.ndarray:
    """u ** exponent by squaring, for an exponent that is a power of two."""
    while exponent > 1:
        u = u * u
        exponent //= 2
    return u


def ranks(rng: np.random.Generator, n: int, size: int, exponent: int) -> np.ndarray:
    """[n] ranks below `size`, the most frequent first: density ~ rank^(1/exponent - 1), Zipf-like."""
    return (size * power(rng.random(n), exponent)).astype(np.int64)


def shape_for(distinct: int, kept: int, rows: int, threshold: int) -> tuple[int, int]:
    """(size, exponent) of `ranks` with which about `kept` values occur `threshold` times or more in `rows` rows.

    The size is `distinct`, unless that gives more than twice or less than half as many such values.
    """

    def error(shape: tuple[int, int]) -> float:
        # expected count of rank r: rows/(exponent · size) · (r/size)^(1/exponent - 1)
        size, exponent = shape
        share = (threshold * exponent * size / rows) ** (1 / (1 / exponent - 1))
        return abs(np.log(size * min(1.0, share) / kept))

    natural = min(((distinct, exponent) for exponent in (8, 16, 4, 2)), key=error)
    return natural if error(natural) < np.log(2) else (kept, 8)


def scaled(size: int, share: float) -> int:
    """Distinct values of a field in a share of the rows (vocabularies grow like its square root)."""
    return max(min(size, 8), round(size * share**0.5))


def learnable(rows: int, size: int, exponent: int, most: int = 60) -> int:
    """How many of a field's frequent values have an effect of their own; all others share one, as rare values must.

    A value has one if it is expected in at least one percent of the rows.
    """
    wanted = rows / 100
    edges = (np.arange(min(size, most) + 1) / size) ** (1 / exponent)
    return int(max(1, (rows * np.diff(edges) >= wanted).sum()))


class FactorModel:
    """z = a Σ_f w_f[g_f] + b Σ_{f<h} <v_f[g_f], v_h[g_h]>, with the effects of each field drawn once.

    Fields differ in importance (each a fifth less than the one before, in random order), so that a small sample
    suffices to learn most of the model.

    Args:
        rng: draws the effects.
        groups: number of effects in each field.
        first, second: standard deviations of the first-order part of z and of the interactions; a and b are set
            to reach them on the rows of the first call of `logits`.
    """

    def __init__(self, rng: np.random.Generator, groups: list[int], first: float, second: float):
        matter = 0.8 ** rng.permutation(len(groups))
        self.w = [m * rng.standard_normal(g) for m, g in zip(matter, groups, strict=True)]
        self.v = [m * rng.standard_normal((DIM, g)) for m, g in zip(matter, groups, strict=True)]
        self._wanted = (first, second)
        self._scale: list[float] = []  # a and b, once known

    def logits(self, index: list[np.ndarray]) -> np.ndarray:
        """[n] z, given the group index [n] of each field."""
        first, second = np.zeros(len(index[0])), np.zeros(len(index[0]))
        for w, g in zip(self.w, index, strict=True):
            first += w[g]
        for d in range(DIM):
            total, squares = np.zeros_like(first), np.zeros_like(first)
            for v, g in zip(self.v, index, strict=True):
                part = v[d][g]
                total += part
                squares += part * part
            second += 0.5 * (total * total - squares)
        if not self._scale:
            self._scale = [wanted / part.std() for wanted, part in zip(self._wanted, (first, second), strict=True)]
        return self._scale[0] * first + self._scale[1] * second


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1/(1 + exp(-z))."""
    return 1.0 / (1.0 + np.exp(-z))


def intercept(z: np.ndarray, rate: float) -> float:
    """The constant that makes the mean of sigmoid(z + constant) equal to `rate`."""
    low, high = -30.0, 30.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(z + middle).mean() < rate else (low, middle)
    return (low + high) / 2


def hex_words(rank: np.ndarray, salt: int) -> pl.Series:
    """[n] eight hexadecimal digits per rank; a bijection, so distinct ranks stay distinct."""
    x = (rank.astype(np.uint64) + np.uint64(salt * 0x9E3779B9 % 2**32)).astype(np.uint32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):  # odd factors and xor-shifts can be undone
        x ^= x >> np.uint32(shift)
        x *= np.uint32(factor)
    x ^= x >> np.uint32(16)
    digits = np.frombuffer("".join(f"{i:02x}" for i in range(256)).encode(), np.uint16)
    text = np.ascontiguousarray(digits[x.byteswap().view(np.uint8).reshape(-1, 4)])
    offsets = np.arange(0, 8 * len(x) + 1, 8, dtype=np.int32)
    return pl.Series(pa.StringArray.from_buffers(len(x), pa.py_buffer(offsets), pa.py_buffer(text)))


class TruthFile:
    """truth.npy beside a synthetic file: float32 true probabilities, [rows] or [rows, levels], written in pieces."""

    def __init__(self, folder: Path, shape: tuple[int, ...]):
        self.file = (folder / "truth.npy").open("wb")
        np.lib.format.write_array_header_1_0(self.file, {"descr": "<f4", "fortran_order": False, "shape": shape})

    def write(self, probabilities: np.ndarray) -> None:
        """The next rows."""
        self.file.write(np.ascontiguousarray(probabilities, dtype="<f4").tobytes())

    def __enter__(self) -> "TruthFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
