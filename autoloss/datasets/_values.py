"""Texts that are numbers: whole numbers, and the buckets they fall into."""

from bisect import bisect_left
from functools import cache
from math import log

import numpy as np

MISSING = "NULL"  # the category of an empty text


def whole_number(text: str) -> int | None:
    """The whole number in a text (`7`, `-1`, `7.0`), or None."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None


def bucket(text: str) -> str | None:
    """The category of an integer, as in pytorch-fm: NULL if empty, int(ln(v)²) for v > 2, otherwise v - 2.

    None if the text is not a whole number.
    """
    if text == "":
        return MISSING
    value = whole_number(text)
    if value is None:
        return None
    return str(int(log(value) ** 2)) if value > 2 else str(value - 2)


def buckets(numbers: np.ndarray) -> np.ndarray:
    """int64 [n]: the `bucket` of each of n integers, as a number. All must be at least -2^63 + 2."""
    if not len(numbers):
        return numbers
    of_large = np.searchsorted(_edges(int(log(max(3, numbers.max())) ** 2)), numbers, "right")
    return np.where(numbers > 2, of_large, numbers - 2)


@cache
def _edges(most: int) -> np.ndarray:
    """The smallest integers above 2 whose buckets are at least 1, 2, …, `most`."""
    large = range(3, 2**63)
    return np.array([large[bisect_left(large, k, key=lambda v: int(log(v) ** 2))] for k in range(1, most + 1)])
