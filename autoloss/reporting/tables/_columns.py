"""The one list of columns of a table: each says what the csv holds and how it is printed, in every form."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Generic, TypeVar

from autoloss.reporting import labels
from autoloss.reporting.groups import Group
from autoloss.reporting.results import Result
from autoloss.reporting.tables._table import Heading, Plain, Row, Table, Value
from autoloss.statistics import Summary

R = TypeVar("R")


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column of a table whose rows are records of type R.

    Attributes:
        name: the field of the csv; empty for a column that is only printed.
        title: the printed heading; empty for a column that only the csv holds.
        value: what the csv holds, in full precision; printed columns are sorted by it.
        text: how a value is printed.
        entry: the printed entry, where it needs more than the value's text.
        star: whether the printed value is significant.
        head: names the row.
        numeric: set flush right.
        quiet: a reference beside our numbers, printed lighter.
        help: what the heading means; stands under the table, and in the page's heading.
        group: printed once above the rows that have it in common, on the page; LaTeX draws a rule there.
    """

    name: str
    title: str = ""
    value: Callable[[R], Plain] = lambda _: None
    text: Callable[[Any], str] = str
    entry: Callable[[R], Value] | None = None
    star: Callable[[R], bool] = lambda _: False
    head: bool = False
    numeric: bool = True
    quiet: bool = False
    help: str = ""
    group: bool = False

    def printed(self, record: R) -> Value:
        """The entry of a record."""
        if self.entry:
            return self.entry(record)
        value = self.value(record)
        missing = value is None or (isinstance(value, float) and not math.isfinite(value))
        by = value if self.numeric and not missing and not isinstance(value, str) else None
        return Value(self.text(value), sort=by, quiet=self.quiet, star=self.star(record))


def table(
    name: str,
    title: str,
    caption: str,
    columns: Sequence[Column[R]],
    records: Sequence[R],
    *,
    notes: Sequence[str] = (),
    behind: Callable[[R], tuple[Result, ...]] = lambda _: (),
    anchor: Callable[[R], str] = lambda _: "",
    sortable: bool = True,
) -> Table:
    """A table with one printed row and one line of csv per record.

    Args:
        name: of its files.
        title: one line.
        caption: what is shown and how to read it.
        columns: in order.
        records: in order.
        notes: printed under it, before the help of its columns.
        behind: the results that a row's numbers come from.
        anchor: the row's id on the page.
        sortable: the rows of a group may be reordered without losing their sense.
    """
    printed = [c for c in columns if c.title]
    fields, lines = csv(columns, records)
    rows = [Row(tuple(c.printed(r) for c in printed), behind(r), anchor(r)) for r in records]
    return Table(
        name=name,
        title=title,
        caption=caption,
        columns=tuple(Heading(c.title, c.numeric, c.head, c.help, c.group) for c in printed),
        rows=tuple(rows),
        notes=(*notes, *(f"{c.title}: {c.help}" for c in printed if c.help)),
        records=lines,
        fields=fields,
        sortable=sortable,
    )


def with_csv(printed: Table, columns: Sequence[Column[R]], records: Sequence[R]) -> Table:
    """A table whose csv has other lines than it prints: one per training instead of one per metric, say."""
    fields, lines = csv(columns, records)
    return replace(printed, fields=fields, records=lines)


def csv(columns: Sequence[Column[R]], records: Sequence[R]) -> tuple[tuple[str, ...], list[dict[str, Plain]]]:
    """The csv's fields, and its lines, one per record."""
    stored = [c for c in columns if c.name]
    return tuple(c.name for c in stored), [{c.name: c.value(record) for c in stored} for record in records]


def stored(*names: str, of: str = "") -> tuple[Column[Any], ...]:
    """Columns that only the csv holds, each an attribute by the same name: of the record, or of its attribute `of`."""
    return tuple(Column(name, value=attrgetter(f"{of}.{name}".lstrip("."))) for name in names)


def places(*names: str, of: str = "", group: bool = False) -> tuple[Column[Any], ...]:
    """Columns that name a row: dataset, model, method; attributes of the record, or of its attribute `of`."""

    def named(name: str) -> Column[Any]:
        value = attrgetter(f"{of}.{name}".lstrip("."))
        return Column(name, name.capitalize(), value, labels.title, head=True, numeric=False, group=group)

    return tuple(map(named, names))


def seed_counts(group: Callable[[R], Group]) -> tuple[Column[R], ...]:
    """Columns of the csv: how many seeds are done, planned, failed, missing."""
    return (
        Column("seeds", value=lambda r: group(r).counts["done"]),
        Column("seeds_planned", value=lambda r: group(r).planned),
        Column("failed", value=lambda r: group(r).counts["failed"]),
        Column("missing", value=lambda r: group(r).counts["missing"]),
    )


def spread_over_seeds(
    name: str, title: str, summary: Callable[[R], Summary], entry: Callable[[R], Value] | None = None
) -> tuple[Column[R], ...]:
    """A mean and its standard deviation: two fields of the csv, one printed column."""
    return (
        Column(f"{name}_mean", title, lambda r: summary(r).mean, entry=entry),
        Column(f"{name}_std", value=lambda r: summary(r).std),
    )
