"""Data classes to JSON and back: what travels between packages is typed, and this is where it becomes text."""

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from autoloss.errors import UserError
from autoloss.files import read_json, write_json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import TypeAdapter

T = TypeVar("T")


def to_json(record: "DataclassInstance") -> dict[str, Any]:
    """The content of a data class, nested ones included, as `json.dumps` takes it."""
    return asdict(record)


def from_json(kind: type[T], content: object, where: object) -> T:
    """A data class from its content.

    Args:
        kind: the data class.
        content: as `to_json` returns it; unknown keys are ignored.
        where: what the content was read from, for the error.

    Raises:
        UserError: a field is missing or of another type.
    """
    from pydantic import ValidationError  # only the pipeline requires it

    try:
        return _adapter(kind).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or kind.__name__
        raise UserError(f"{where}: {field}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None


def read(kind: type[T], path: Path) -> T:
    """A data class from a JSON file.

    Raises:
        UserError: the file is unreadable, not JSON, or lacks a field.
    """
    return from_json(kind, read_json(path), path)


def write(record: "DataclassInstance", path: Path) -> None:
    """Writes a data class as JSON, whole or not at all."""
    write_json(path, to_json(record))


@cache
def _adapter(kind: type[T]) -> "TypeAdapter[T]":
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
