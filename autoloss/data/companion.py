"""A second file of the archive that lists values which no row may have (the movies that nobody rated)."""

import polars as pl

from autoloss.data import archives
from autoloss.data.stream import Raw
from autoloss.datasets._format import Format
from autoloss.errors import UserError


def add(raw: Raw, form: Format, tables: list[pl.DataFrame]) -> None:
    """Adds those values, with count 0, to the (value, count) table of their field."""
    listed = form.companion()
    if listed is None:
        return
    member, column, name = listed
    stream = archives.open_other(raw.path, member)
    if stream is None:
        return
    with archives.reading(raw.path), stream:
        text = stream.read()
    try:
        values = pl.read_csv(text, columns=[column], infer_schema=False)[column]
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise UserError(f"{raw.path}/{member}: no column '{column}' ({str(error).splitlines()[0]})") from None
    field = form.layout.fields.index(name)
    extra = pl.DataFrame({"value": values.drop_nulls().unique(maintain_order=True)}).with_columns(
        count=pl.lit(0, pl.Int64)
    )
    tables[field] = pl.concat([tables[field], extra.join(tables[field], on="value", how="anti")])
