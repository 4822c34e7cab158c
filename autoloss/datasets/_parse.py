"""Texts as numbers and as dates, many at once."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from autoloss.datasets._values import MISSING

NOTHING = ("", "na", "n/a", "nan", "null", "none")  # how a missing number or date is written, in any case
PARTS = ("year", "month", "day", "weekday", "hour")  # of a date, each a field of its own


def missing(texts: pl.Series) -> pl.Series:
    """[n] bool: whether a text stands for a missing number or date."""
    return texts.str.strip_chars().str.to_lowercase().is_in(list(NOTHING))


def numbers(texts: pl.Series) -> pl.Series:
    """[n] float64: null where a text is no finite number."""
    found = texts.str.strip_chars().cast(pl.Float64, strict=False)
    return found.set(~found.is_finite().fill_null(False), None)


def dates(texts: pl.Series) -> pl.Series:
    """[n] dates with time, of texts such as 2024-01-31, 2024/01/31 and 2024-01-31T12:30:00Z; null where it is none."""
    text = texts.str.strip_chars()
    day = text.str.slice(0, 10).str.replace_all("/", "-").str.to_date("%Y-%m-%d", strict=False)
    rest = text.str.slice(10)
    hour = rest.str.extract(r"^[T ](\d\d):\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?$").cast(pl.Int64)
    valid = (rest == "") | (hour < 24).fill_null(False)
    moments = day.cast(pl.Datetime("us")) + (hour.fill_null(0) * 3_600_000_000).cast(pl.Duration("us"))
    return moments.set(~valid, None)


def edges(values: np.ndarray, bins: int) -> tuple[float, ...]:
    """The inner borders of at most `bins` quantile bins; a bin ends with its border.

    Args:
        values: float64 [n], none missing. Few different ones get a bin each.
        bins: how many.
    """
    distinct = np.unique(values)
    if len(distinct) <= bins:
        return tuple(distinct[:-1].tolist())
    inner = np.unique(np.quantile(values, np.arange(1, bins) / bins))
    return tuple(inner[inner < distinct[-1]].tolist())


def bins(texts: pl.Series, borders: Sequence[float]) -> list[str | None]:
    """The bin of each text, as an interval; MISSING for a missing number, None for what is none."""
    ends = ["-inf", *map(repr, borders), "inf"]
    names = pl.Series([f"({low}, {high}]" for low, high in pairwise(ends)])
    values = numbers(texts)
    index = np.searchsorted(np.array(borders), values.fill_null(0).to_numpy(), "left")
    return _or_missing(names.gather(index).set(values.is_null(), None), texts)


def parts(texts: pl.Series, name: str) -> list[str | None]:
    """A calendar part of each date, as text that sorts in order; MISSING for a missing date, None for what is none."""
    width = 4 if name == "year" else 2
    return _or_missing(getattr(dates(texts).dt, name)().cast(pl.String).str.zfill(width), texts)


def _or_missing(categories: pl.Series, texts: pl.Series) -> list[str | None]:
    return categories.set(missing(texts), MISSING).to_list()
