"""Finds a column that tells the label: useful features never do, but a copy of the answer does."""

import polars as pl

from autoloss.datasets import _parse as parse
from autoloss.datasets._columns import Column

MOST_LABELS = 100  # different labels; with more they are numbers
LEAST_ROWS, LEAST_OF_A_LABEL = 100, 10  # from which the verdict is drawn
PURE = 0.999  # of the rows of each label


def tells(column: Column, sample: pl.DataFrame, label: str) -> bool:
    """Whether the values of a column, or its order if they are numbers, determine the label of nearly all rows.

    Args:
        column: how it is treated.
        sample: texts of training rows.
        label: the column to predict.
    """
    rows = pl.DataFrame({"value": sample[column.name], "label": sample[label]})
    labels = rows["label"].n_unique()
    if not 2 <= labels <= MOST_LABELS:
        return False
    return _by_value(rows) or (column.kind == "numeric" and _by_order(rows, labels))


def _by_value(rows: pl.DataFrame) -> bool:
    """Whether rows with the same value have the same label; values that occur once say nothing."""
    group = rows.with_columns(n=pl.len().over("value"), pure=pl.col("label").n_unique().over("value") == 1)
    group = group.filter(pl.col("n") > 1)
    share = group.group_by("label").agg(n=pl.len(), pure=pl.col("pure").mean())
    return (
        len(share) > 1
        and len(group) >= max(LEAST_ROWS, len(rows) / 2)
        and bool((share["n"] >= LEAST_OF_A_LABEL).all() and (share["pure"] >= PURE).all())
    )


def _by_order(rows: pl.DataFrame, labels: int) -> bool:
    """Whether each label has an interval of its own among the sorted numbers."""
    there = rows.with_columns(value=parse.numbers(rows["value"])).drop_nulls().sort("value", "label")
    changes = (there["label"] != there["label"].shift(1)).sum()  # the first is null, and counts as none
    return len(there) >= LEAST_ROWS and changes == labels - 1
