"""A second file of the archive that lists values which no row may have (the movies that nobody rated)."""

import polars as pl
import pyarrow as pa

from autoloss.data import archives, keys
from autoloss.data.counts import Counts
from autoloss.data.stream import Raw
from autoloss.datasets._format import Format
from autoloss.errors import UserError


def add(raw: Raw, form: Format, counts: list[Counts]) -> None:
    """Adds those values to the counts of their field, as unseen."""
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
    found = pa.array(values.drop_nulls().unique().to_list(), pa.string())
    counts[form.layout.fields.index(name)].add_unseen(keys.shortened(found))
