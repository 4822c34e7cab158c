"""Looks up the id of a raw value in the stored vocabulary."""

from pathlib import Path

import polars as pl
import pyarrow as pa

from autoloss.data import columns, facts
from autoloss.data.encode.vocabulary import Vocabulary
from autoloss.errors import UserError, unknown


def find(folder: Path, field: str, text: str) -> str:
    """One line: the id of a value, the range of its field's ids, and how often it occurs.

    Raises:
        UserError: no such field; a text that the field cannot hold; an unseen value in a field without a rare slot.
    """
    known = facts.read(folder)
    if field not in known.field_names:
        raise unknown("field", field, known.field_names, str(folder))
    form = columns.form(folder, known)
    mapped = form.transform(field, [text])
    value = text if mapped is None else mapped[0]
    if value is None:
        raise UserError(f"{folder}: field {field} cannot hold '{text}', expected {form.wanted_value(field)}")
    vocabulary = Vocabulary.read(folder, list(known.field_names))
    number = known.field_names.index(field)
    row = int(vocabulary.ids(number, pa.array([value]))[0])
    if row < 0:
        raise UserError(f"{folder}: field {field} has no value '{text}' and no slot for unseen values")
    seen = vocabulary.tables[number].filter(pl.col("value") == value)["count"]
    what = f"seen {seen[0]} times" if len(seen) else f"rare or unseen (slot of {vocabulary.rare_counts[number]} rows)"
    kept = value if value == text else f"'{text}' → '{value}'"
    first = vocabulary.offsets[number]
    return f"{field} {kept}: id {row} (the field's ids: {first}–{first + vocabulary.sizes[number] - 1}), {what}"
