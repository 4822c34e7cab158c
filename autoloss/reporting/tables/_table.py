"""What a table is, before it becomes csv, markdown, LaTeX or HTML."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from autoloss.reporting.groups import State
from autoloss.reporting.results import Result

Plain = str | int | float | bool | None  # what a field of a csv holds


@dataclass(frozen=True)
class Value:
    """One entry.

    Attributes:
        text: what is printed.
        spread: printed smaller beside it: "± 0.0003".
        note: printed smaller below it, where something is wrong or wants saying: "2 of 3, 1 failed".
        sort: what a sorted column goes by; the text where it is None.
        bold: the best of its row.
        star: significantly better than the best baseline.
        quiet: a reference beside our number (the paper's value), printed lighter.
        tag: printed as a label, coloured by the text (a verdict).
        link: anchor of the row that says more.
        state: "partial", "failed" and "missing" are printed so that they cannot be overlooked.
    """

    text: str
    spread: str = ""
    note: str = ""
    sort: float | str | None = None
    bold: bool = False
    star: bool = False
    quiet: bool = False
    tag: bool = False
    link: str = ""
    state: State = "done"


@dataclass(frozen=True)
class Heading:
    """The heading of a column.

    Attributes:
        title: what is printed.
        numeric: set flush right.
        head: names the row.
        help: explains it.
        group: printed once above the rows that have it in common, on the page; LaTeX draws a rule there.
    """

    title: str
    numeric: bool = True
    head: bool = False
    help: str = ""
    group: bool = False


@dataclass(frozen=True)
class Row:
    """A row and the results behind it.

    Attributes:
        values: one per column.
        behind: the cells that its numbers come from.
        anchor: its id on the page.
    """

    values: tuple[Value, ...]
    behind: tuple[Result, ...] = ()
    anchor: str = ""

    def filled(self, columns: Sequence[Heading]) -> bool:
        """Whether it says anything beside what groups it."""
        return any(v.text not in ("", "–") for v, column in zip(self.values, columns, strict=True) if not column.group)


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: of its files.
        title: one line.
        caption: what is shown and how to read it.
        columns, rows: as printed.
        notes: printed under it: seeds, test, detectable difference, what is mixed.
        records: the long form for csv, one dict per line.
        fields: the csv's columns, in order; keys that records lack are left empty.
        sortable: the rows of a group may be reordered without losing their sense.
    """

    name: str
    title: str
    caption: str
    columns: tuple[Heading, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    records: Sequence[dict[str, Plain]] = field(default=(), hash=False)
    fields: tuple[str, ...] = ()
    sortable: bool = True

    def grouped(self) -> list[tuple[tuple[Value, ...], list[Row]]]:
        """Successive rows that agree in the columns that group them, or leave them empty: (those entries, the rows)."""
        found: list[tuple[tuple[Value, ...], list[Row]]] = []
        for row in self.rows:
            names = tuple(v for v, column in zip(row.values, self.columns, strict=True) if column.group)
            named = any(value.text for value in names)
            if not found or (named and found[-1][0] != names):
                found.append((names, []))
            found[-1][1].append(row)
        return found
