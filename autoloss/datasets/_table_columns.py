"""The columns of a surveyed table: named by the settings or treated by the rules, with bins and calendar parts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from autoloss.datasets import _parse as parse
from autoloss.datasets._columns import KEY_OF, Column, Kind, infer
from autoloss.datasets._leak import tells
from autoloss.datasets._survey import Seen, Survey
from autoloss.errors import UserError

_KIND: dict[str, Kind] = {key: kind for kind, key in KEY_OF.items()}


def decide(
    survey: Survey, label: str, fields: tuple[str, ...], named: Mapping[str, tuple[str, ...]], bins: int
) -> tuple[Column, ...]:
    """How each column of a table is treated.

    Args:
        survey: of its rows; it has every column that is named, but for those that are dropped.
        label: the column to predict.
        fields: the columns to predict from, in the order of the encoded ids; empty: all, in the order of the file.
        named: {categorical | numeric | dates | integers | drop: columns}.
        bins: of a numeric column, at most.

    Raises:
        UserError: no column is left to predict from.
    """
    there = {seen.name: seen for seen in survey.columns}
    how = {name: key for key, names in named.items() for name in names}
    others = [name for name in there if name not in fields and name != label]
    chosen, left = (fields, others) if fields else (others, [])
    columns = [_learned(_column(there[name], how.get(name)), survey, bins) for name in chosen]
    columns += [Column(name, "dropped", "not among the fields") for name in left]
    columns += [Column(name, "dropped", "named under drop") for name in named["drop"]]
    names = Counter(name for column in columns for name in column.fields)
    if twice := [name for name, times in names.items() if times > 1]:
        raise UserError(f"table: a column and a part of a date are both called '{twice[0]}'; rename or drop one")
    if not names:
        found = ", ".join(f"{column.name} ({column.reason})" for column in columns)[:300]
        raise UserError(f"table: no column is left to predict '{label}' from: {found or 'there is none'}")
    return (*_marked(columns, survey, label),)


def _column(seen: Seen, key: str | None) -> Column:
    return infer(seen) if key is None else Column(seen.name, _KIND[key], f"named under {key}")


def _learned(column: Column, survey: Survey, bins: int) -> Column:
    """A column with what it learns from the training rows: the borders of its bins, or the parts that differ."""
    if column.kind == "numeric":
        values = parse.numbers(survey.sample[column.name]).drop_nulls().to_numpy()
        return replace(column, edges=parse.edges(values, bins))
    if column.kind == "date":
        moments = parse.dates(survey.sample[column.name]).drop_nulls()
        parts = tuple(name for name in parse.PARTS if getattr(moments.dt, name)().n_unique() > 1)
        return replace(column, parts=parts or parse.PARTS[:1])
    return column


def _marked(columns: list[Column], survey: Survey, label: str) -> Iterator[Column]:
    """The columns, with a warning for each that tells the label."""
    for column in columns:
        if column.fields and tells(column, survey.sample, label):
            warning = f"{column.name} predicts {label} perfectly; if it is known only afterwards, drop it"
            yield replace(column, warning=warning)
        else:
            yield column
