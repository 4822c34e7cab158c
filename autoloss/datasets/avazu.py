"""Avazu click-through: 22 categorical fields; `id` is dropped and `hour` is used as is (YYMMDDHH)."""

from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from autoloss.datasets import Archive, Format, Layout, Published, synthetic

FIELDS = (
    "hour", "C1", "banner_pos", "site_id", "site_domain", "site_category", "app_id", "app_domain", "app_category",
    "device_id", "device_ip", "device_model", "device_type", "device_conn_type",
    "C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21",
)  # fmt: skip
COLUMNS = ("id", "click", *FIELDS)
HASHED = frozenset(FIELDS[3:12])
TERMS = "rules of the Kaggle contest avazu-ctr-prediction: no redistribution"
CITATION = "Avazu: Click-Through Rate Prediction, Kaggle, 2014"
ARCHIVES = {
    "kaggle": Archive(
        filename="train.gz",
        urls=(),
        members=("train.csv",),
        terms=TERMS,
        citation=CITATION,
        by_hand="Kaggle asks for an account: download train.gz of avazu-ctr-prediction and set source to its path, "
        "or use archive: x4",
    ),
    "x4": Archive(
        filename="Avazu_x4.zip",
        urls=("https://huggingface.co/datasets/reczoo/Avazu_x4/resolve/main/Avazu_x4.zip",),
        members=("train.csv", "valid.csv", "test.csv"),
        also=("README.md",),
        size=1_306_331_539,
        member_md5={
            "train.csv": "de3a27264cdabf66adf09df82328ccaa",
            "valid.csv": "33232931d84d6452d3f956e936cab2c9",
            "test.csv": "3ebb774a9ca74d05919b84a3d402986d",
        },
        terms=TERMS,
        citation=f"{CITATION}; split: BARS, reczoo/Avazu_x4",
    ),
}
SIZES = (241, 8, 8, 3697, 4614, 25, 5481, 329, 31, 381763, 1611748, 6793, 6, 5, 2509, 9, 10, 432, 5, 68, 169, 61)
# distinct values of the published rows (the largest are rounded)
DISTINCT = (240, 7, 7, 4737, 7745, 26, 8552, 559, 36, 2_686_408, 6_729_486, 8251, 5, 4, 2626, 8, 9, 435, 4, 68, 172, 60)
POSITIVE = 0.1698
PUBLISHED = Published(
    40_428_967, 22, 2_018_012, 2, threshold=4, field_sizes=SIZES, label_share=POSITIVE, in_paper=False
)


class Avazu(Format):
    """csv with a header line.

    Args:
        archive: kaggle (train.gz, a local file), or x4 (the same rows, split as published by BARS).
    """

    defaults = {"task": "binary", "threshold": 4}
    tasks = ("binary",)
    layout = Layout(COLUMNS, "click", FIELDS)
    published = PUBLISHED

    def __init__(self, *, archive: Literal["kaggle", "x4"] = "x4"):
        self.archive = ARCHIVES[archive]

    def synthetic(self, folder: Path, rows: int, seed: int) -> None:
        """Rows ordered by the hours of ten days; the label depends on the frequent value of each field."""
        share = min(1.0, rows / PUBLISHED.rows)
        shapes = [synthetic.shape_for(n, size - 1, PUBLISHED.rows, 4) for n, size in zip(DISTINCT, SIZES, strict=True)]
        skew = [exponent for _, exponent in shapes]
        sizes = [240, *(synthetic.scaled(n, share) for n, _ in shapes[1:])]
        groups = [24, *(synthetic.learnable(rows, n, e) for n, e in zip(sizes[1:], skew[1:], strict=True))]
        model = synthetic.FactorModel(np.random.default_rng([seed, 0]), groups, 1.5, 0.6)
        constant = None
        with synthetic.TruthFile(folder, (rows,)) as truth, (folder / self.synthetic_file).open("wb") as out:
            out.write((",".join(COLUMNS) + "\n").encode())
            for first, n, rng in synthetic.chunks(rows, seed):
                number = np.arange(first, first + n)
                hour = number * 240 // rows
                index, columns = [hour % 24], [pl.Series(14_102_100 + hour // 24 * 100 + hour % 24)]
                for i in range(1, len(FIELDS)):
                    rank = synthetic.ranks(rng, n, sizes[i], skew[i])
                    index.append(np.minimum(rank, groups[i] - 1))
                    hashed = FIELDS[i] in HASHED
                    columns.append(
                        synthetic.hex_words(rank, i) if hashed else pl.Series(rank + (1000 if i == 1 else 0))
                    )
                z = model.logits(index)
                constant = synthetic.intercept(z, POSITIVE) if constant is None else constant
                p = synthetic.sigmoid(z + constant)
                truth.write(p)
                label = pl.Series((rng.random(n) < p).astype(np.uint8))
                ids = pl.Series(number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))  # odd: a bijection
                frame = pl.DataFrame(dict(zip(COLUMNS, (ids, label, *columns), strict=True)))
                frame.write_csv(out, include_header=False, quote_style="never")
