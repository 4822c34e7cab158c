"""A value of the raw file → its id, through the vocabulary that was kept."""

from pathlib import Path

import polars as pl
import pyarrow as pa

from autoloss import registry
from autoloss.data.meta import read_meta
from autoloss.data.vocabulary import Vocabulary
from autoloss.errors import UserError, unknown


def find(folder: Path, field: str, text: str) -> str:
    """One line: the id of a value, its field's ids, and how often it was seen.

    Raises:
        UserError: no such field; a text that the field cannot hold; an unseen value in a field without a rare slot.
    """
    meta = read_meta(folder)
    if field not in meta.field_names:
        raise unknown("field", field, meta.field_names, str(folder))
    form = registry.load("datasets", meta.format)(**meta.settings["params"])
    mapped = form.transform(field, [text])
    value = text if mapped is None else mapped[0]
    if value is None:
        raise UserError(f"{folder}: field {field} cannot hold '{text}', expected {form.wanted(field)}")
    vocabulary = Vocabulary.read(folder, meta.field_names)
    number = meta.field_names.index(field)
    row = int(vocabulary.ids(number, pa.array([value]))[0])
    if row < 0:
        raise UserError(f"{folder}: field {field} has no value '{text}', and no slot for unseen ones")
    seen = vocabulary.tables[number].filter(pl.col("value") == value)["count"]
    what = f"seen {seen[0]} times" if len(seen) else f"rare or unseen (slot of {vocabulary.rare_counts[number]} rows)"
    kept = value if value == text else f"'{text}' → '{value}'"
    first = vocabulary.offsets[number]
    return f"{field} {kept}: id {row} (the field's ids: {first}–{first + vocabulary.sizes[number] - 1}), {what}"
