"""What a first look at a table finds, before anything is decided about its columns."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Seen:
    """What the rows of a table hold in one column.

    Attributes:
        name: of the column.
        values: rows that are not missing. missing: rows that are.
        distinct: different texts, the missing one apart; estimated to half a percent from 65,536 on.
        frequent: how many of them occur often enough for a place of their own in the vocabulary.
        numbers, whole, dates: whether every value is a number, a whole number, a date.
        low, high: the smallest and the largest number, if all are numbers.
    """

    name: str
    values: int
    missing: int
    distinct: int
    frequent: int
    numbers: bool
    whole: bool
    dates: bool
    low: float
    high: float


@dataclass(frozen=True)
class Survey:
    """What a table holds.

    Attributes:
        rows: how many.
        columns: in the order of the file.
        labels: the different texts of the label, sorted (the first thousand of them).
        sample: the texts of at most 100,000 training rows, all of them if there are no more.
    """

    rows: int
    columns: tuple[Seen, ...]
    labels: tuple[str, ...]
    sample: pl.DataFrame
