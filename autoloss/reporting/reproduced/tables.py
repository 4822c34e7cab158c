"""Two versions of one table, as csv: equal, equal within the spread over seeds (by its means), or different."""

import csv
import io
import math

from scipy.stats import t

EQUAL, CLOSE, DIFFERENT = range(3)
_OF_MACHINE = ("seconds", "step_ms", "per_second", "memory", "hardware")  # columns that measure the machine
_IDS = ("cells",)  # names of cells carry digests
_KEYS = (
    "scale", "experiment", "training", "source_dataset", "source_model", "dataset", "model", "method", "metric",
    "id", "variant", "transferred", "verdict",
)  # fmt: skip
Row = dict[str, str]


def compare_tables(here: str, there: str, level: float) -> int:
    """EQUAL, CLOSE or DIFFERENT, by all columns but those that measure the machine.

    Args:
        here, there: csv texts.
        level: of the interval within which the difference of two means may lie.
    """
    ours, theirs = _rows(here), _rows(there)
    if ours == theirs:
        return EQUAL
    mine, other = ({tuple(row.get(key, "") for key in _KEYS): row for row in rows} for rows in (ours, theirs))
    measured = [(mean, std) for mean, std in map(_spread, ours[0] if ours else {}) if mean]
    if mine.keys() != other.keys() or not any(std in (ours[0] if ours else {}) for _, std in measured):
        return DIFFERENT
    far = any(_far(mine[key], other[key], mean, std, level) for key in mine for mean, std in measured)
    return DIFFERENT if far else CLOSE


def _rows(text: str) -> list[Row]:
    return [
        {name: value for name, value in row.items() if name not in _IDS and not any(w in name for w in _OF_MACHINE)}
        for row in csv.DictReader(io.StringIO(text))
    ]


def _spread(column: str) -> tuple[str, str]:
    """(a column of means, the column of their standard deviations), or two empty names."""
    if column.endswith("_mean"):
        return column, f"{column.removesuffix('_mean')}_std"
    return {"mean": ("mean", "std"), "ours": ("ours", "std"), "difference": ("difference", "difference_std")}.get(
        column, ("", "")
    )


def _far(ours: Row, theirs: Row, mean: str, std: str, level: float) -> bool:
    if ours.get(mean) == theirs.get(mean):
        return False
    a, b, spread, n = (_number(value) for value in (ours[mean], theirs.get(mean), theirs.get(std), _seeds(theirs)))
    if not spread or not n or n < 2:
        return True
    return not abs(a - b) <= t.ppf((1 + level) / 2, n - 1) * spread * math.sqrt(2 / n)


def _seeds(row: Row) -> str | None:
    return row.get("seeds") or row.get("n")


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan
