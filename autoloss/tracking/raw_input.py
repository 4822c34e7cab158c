"""What a model in MLflow takes: the columns of the raw file, by name, with two rows as an example."""

import pandas as pd
from mlflow.types.schema import AnyType, ColSpec, DataType, Schema

from autoloss.prediction.encoder import Encoder

_DATE = "2024-01-31"
_INTEGERS = (1, 20)


def schema(encoder: Encoder) -> Schema:
    """Each column that the features come from: a number, or anything that is written as the values of the raw file."""
    numeric = {name for name, kind in _kinds(encoder).items() if kind == "numeric"}
    return Schema([ColSpec(DataType.double if n in numeric else AnyType(), n, required=False) for n in _names(encoder)])


def example(encoder: Encoder) -> pd.DataFrame:
    """Two rows."""
    return pd.DataFrame({name: _values(encoder, name) for name in _names(encoder)})


def _names(encoder: Encoder) -> tuple[str, ...]:
    return encoder.form.without_labels().layout.wanted


def _kinds(encoder: Encoder) -> dict[str, str]:
    learned = encoder.form.learned
    return {column.name: column.kind for column in learned.columns} if learned else {}


def _values(encoder: Encoder, name: str) -> list[object]:
    """Two values of a column: the first and the last of the vocabulary where they are written as in the raw file."""
    kind = _kinds(encoder).get(name)
    if kind == "numeric":
        return [0.5, 100.0]
    if kind == "date":
        return [_DATE, _DATE]
    if name in encoder.form.integers:
        return list(_INTEGERS)
    known = encoder.vocabulary.tables[encoder.known.field_names.index(name)]["value"]
    return [known[0], known[-1]] if len(known) else ["", ""]
