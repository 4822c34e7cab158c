"""Criteo display advertising: a click label, 13 integers and 26 hashed categories; all 39 are categorical fields."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from autoloss.datasets import Archive, Format, Layout, Published, bucket, synthetic

INTEGERS = tuple(f"I{i}" for i in range(1, 14))
CATEGORIES = tuple(f"C{i}" for i in range(1, 27))
FIELDS = INTEGERS + CATEGORIES
COLUMNS = ("Label", *FIELDS)
TERMS = "CC BY-NC-SA 4.0, Criteo"
CITATION = "Criteo Labs: Display Advertising Challenge, Kaggle, 2014"
ARCHIVES = {
    "kaggle": Archive(
        filename="criteo-research-kaggle-display-advertising-challenge-dataset.tar.gz",
        urls=(
            "https://go.criteo.net/criteo-research-kaggle-display-advertising-challenge-dataset.tar.gz",
            "https://ndownloader.figshare.com/files/10082655",
        ),
        members=("train.txt",),
        also=("test.txt", "readme.txt", "license.txt"),
        size=4_576_820_670,
        terms=TERMS,
        citation=CITATION,
    ),
    "x4": Archive(
        filename="Criteo_x4.zip",
        urls=("https://huggingface.co/datasets/reczoo/Criteo_x4/resolve/main/Criteo_x4.zip",),
        members=("train.csv", "valid.csv", "test.csv"),
        also=("README.md",),
        member_md5={
            "train.csv": "4a53bb7cbc0e4ee25f9d6a73ed824b1a",
            "valid.csv": "fba5428b22895016e790e2dec623cb56",
            "test.csv": "cfc37da0d75c4d2d8778e76997df2976",
        },
        terms=TERMS,
        citation=f"{CITATION}; split: BARS, reczoo/Criteo_x4",
    ),
}
# distinct values of the published rows (the largest are rounded)
DISTINCT = (1460, 583, 10_131_227, 2_202_608, 305, 24, 12_517, 633, 3, 93_145, 5683, 8_351_593, 3194, 27, 14_992,
            5_461_306, 10, 5652, 2173, 4, 7_046_547, 18, 15, 286_181, 105, 142_572)  # fmt: skip
# values seen ten times or more, plus the rare-value slot
SIZES = (49, 101, 126, 45, 223, 118, 84, 76, 95, 9, 30, 40, 75, 1458, 555, 193949, 138801, 306, 19, 11970, 634, 4,
         42646, 5178, 192773, 3175, 27, 11422, 181075, 11, 4654, 2032, 5, 189657, 18, 16, 59697, 86, 45571)  # fmt: skip
EMPTY = (0.45, 0, 0.21, 0.22, 0.03, 0.22, 0.04, 0, 0.04, 0.45, 0.04, 0.76, 0.22)  # share of empty integers
LARGEST = (5000, 20000, 60000, 800, 2_000_000, 200_000, 30000, 6000, 25000, 8, 200, 3000, 7000)
SOMETIMES_EMPTY = frozenset((3, 4, 6, 12, 16, 19, 20, 21, 22, 24, 25, 26))  # categories
POSITIVE = 0.2562
PUBLISHED = Published(45_840_617, 39, 1_086_810, 2, threshold=10, field_sizes=SIZES, label_share=POSITIVE)


class Criteo(Format):
    """train.txt: separated by tabs, no header line, empty means missing. `archive: x4`: csv files with a header line.

    Args:
        archive: kaggle (train.txt in a tar.gz), or x4 (the same rows, split as published by BARS).
    """

    defaults = {"task": "binary", "threshold": 10}
    tasks = ("binary",)
    published = PUBLISHED
    integers = frozenset(INTEGERS)

    def __init__(self, *, archive: Literal["kaggle", "x4"] = "kaggle"):
        self.archive = ARCHIVES[archive]
        x4 = archive == "x4"
        self.layout = Layout(COLUMNS, "Label", FIELDS, separator="," if x4 else "\t", header=x4, quoted=x4)
        self.synthetic_file = self.archive.members[0]

    def transform(self, field_name: str, raw: Sequence[str]) -> list[str | None] | None:
        """Integers are mapped by `bucket`; categories are used as is."""
        return [bucket(text) for text in raw] if field_name in INTEGERS else None

    def wanted_value(self, field_name: str) -> str:
        """What a field may hold."""
        return "an integer or nothing"

    def synthetic(self, folder: Path, rows: int, seed: int) -> None:
        """Rows as in train.txt; the label depends on the bucket of each integer and on each frequent category."""
        share = min(1.0, rows / PUBLISHED.rows)
        shapes = [
            synthetic.shape_for(n, size - 1, PUBLISHED.rows, 10) for n, size in zip(DISTINCT, SIZES[13:], strict=True)
        ]
        skew = [exponent for _, exponent in shapes]
        sizes = [synthetic.scaled(n, share) for n, _ in shapes]
        groups = [synthetic.learnable(rows, n, e) for n, e in zip(sizes, skew, strict=True)]
        model = synthetic.FactorModel(np.random.default_rng([seed, 0]), [60] * len(INTEGERS) + groups, 1.5, 0.6)
        constant = None
        with synthetic.TruthFile(folder, (rows,)) as truth, (folder / self.synthetic_file).open("wb") as out:
            if self.layout.header:
                out.write((",".join(COLUMNS) + "\n").encode())
            for _, n, rng in synthetic.chunks(rows, seed):
                columns, index = _integers(rng, n, share)
                for i, (size, exponent, group) in enumerate(zip(sizes, skew, groups, strict=True)):
                    rank = synthetic.ranks(rng, n, size, exponent)
                    index.append(np.minimum(rank, group - 1))
                    words = synthetic.hex_words(rank, i)
                    if i + 1 in SOMETIMES_EMPTY:
                        words = words.set(pl.Series(rank == 1), "")
                    columns.append(words)
                z = model.logits(index)
                constant = synthetic.intercept(z, POSITIVE) if constant is None else constant
                p = synthetic.sigmoid(z + constant)
                truth.write(p)
                label = pl.Series((rng.random(n) < p).astype(np.uint8))
                frame = pl.DataFrame(dict(zip(COLUMNS, (label, *columns), strict=True)))
                frame.write_csv(out, separator=self.layout.separator, include_header=False, quote_style="never")


def _integers(rng: np.random.Generator, n: int, share: float) -> tuple[list[pl.Series], list[np.ndarray]]:
    """The 13 integer columns as text, and the index of each value's effect: 0 if empty, else by powers of two."""
    columns, index = [], []
    for name, empty, largest in zip(INTEGERS, EMPTY, LARGEST, strict=True):
        value = synthetic.ranks(rng, n, synthetic.scaled(largest, share), 8 if largest > 100 else 2)
        if name == "I2":
            value -= 2  # the only field with negative integers
        missing = rng.random(n) < empty
        group = np.frexp(np.maximum(value, 0).astype(np.float64))[1] + 1  # 1 + number of bits
        index.append(np.where(missing, 0, group))
        columns.append(pl.Series(name, value).cast(pl.String).set(pl.Series(missing), ""))
    return columns, index
