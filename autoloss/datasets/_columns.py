"""How each column of a table is treated: as it says itself, or by rules. docs/data.md states the rules."""

import re
from dataclasses import dataclass
from typing import Literal

from autoloss.datasets._survey import Seen

FEW = 256  # different whole numbers that are still taken for categories
UNIQUE, MANY = 0.9, 100  # a column whose values are this nearly unique, and this many, identifies rows
_ID = re.compile(r"(^|[^a-zA-Z])[iI][dD]$|[a-z]I[dD]$", re.ASCII)

Kind = Literal["categorical", "numeric", "integers", "date", "dropped"]
# the setting under which columns of a kind are named
KEY_OF: dict[Kind, str] = {
    "categorical": "categorical", "numeric": "numeric", "integers": "integers", "date": "dates", "dropped": "drop",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """How a column is treated.

    Attributes:
        name: of the column. kind: what it is taken for. reason: why.
        edges: the inner borders of a numeric column's bins.
        parts: the calendar parts of a date that are fields.
        warning: what a person should look at; empty if nothing.
    """

    name: str
    kind: Kind
    reason: str
    edges: tuple[float, ...] = ()
    parts: tuple[str, ...] = ()
    warning: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The feature fields that come from the column."""
        if self.kind == "date":
            return tuple(f"{self.name}.{part}" for part in self.parts)
        return () if self.kind == "dropped" else (self.name,)


@dataclass(frozen=True)
class Columns:
    """How a table is read: fitted on its rows, and stored with the encoded data (columns.json).

    Attributes:
        classes: the label texts that stand for the classes 0, 1, …; empty if the labels are numbers themselves.
        columns: in the order of the file, without the label.
    """

    classes: tuple[str, ...]
    columns: tuple[Column, ...]


def infer(seen: Seen) -> Column:
    """How a column is treated that no setting names."""
    kind, reason = _kind(seen)
    warning = ""
    if kind == "dropped" and seen.distinct > 1:
        warning = f"{seen.name} looks like an id ({reason}): dropped, unless named under categorical or numeric"
    return Column(seen.name, kind, reason, warning=warning)


def _kind(seen: Seen) -> tuple[Kind, str]:
    unique = seen.distinct >= MANY and seen.distinct >= UNIQUE * seen.values
    if seen.distinct <= 1 and not (seen.distinct and seen.missing):
        return "dropped", "one value" if seen.distinct else "empty"
    if seen.dates:
        return "date", "dates"
    if not seen.numbers:
        return ("dropped", "nearly every value is different") if unique else ("categorical", "texts")
    if not seen.whole:
        return "numeric", "numbers with fractions"
    if seen.distinct <= FEW:
        return "categorical", f"whole numbers, at most {FEW} different"
    if unique and seen.high - seen.low < 2 * seen.distinct:
        return "dropped", "whole numbers that count the rows"
    if _ID.search(seen.name):
        return ("dropped", "nearly every value is different") if unique else ("categorical", "named as an id")
    return "numeric", f"whole numbers, more than {FEW} different"
