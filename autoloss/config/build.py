"""The document at one scale → validated, frozen objects. What does not fit is one line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from autoloss import registry
from autoloss.config.document import SECTIONS, Document
from autoloss.config.inherit import RawEntry
from autoloss.config.read import Mark, Node
from autoloss.config.schema import Config, Dataset, Entry, Experiment, Method, Settings, Training
from autoloss.errors import UserError, unknown

T = TypeVar("T", bound=BaseModel)
E = TypeVar("E", bound=Entry)
RENAMED = {"planted_seed": "synthetic_seed"}
_EXPECTED = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "literal_error": "{expected}",
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "less than {lt:g}",
    "too_short": "a list of at least {min_length}",
}


def build(document: Document) -> Config:
    """The configuration of a document at one scale.

    Raises:
        UserError: with the line, the key, what was found and what was expected.
    """
    top = RawEntry(Mark(document.path, 1), document.settings)
    settings = _validated(Settings, document.settings, top, (*Settings.model_fields, *SECTIONS))
    sections = document.sections
    return Config(
        **settings.model_dump(),
        datasets={name: plugin("datasets", name, entry, Dataset) for name, entry in sections["datasets"].items()},
        losses={name: plugin("losses", name, entry, Entry) for name, entry in sections["losses"].items()},
        models={name: plugin("models", name, entry, Entry) for name, entry in sections["models"].items()},
        methods={name: plugin("methods", name, entry, Method) for name, entry in sections["methods"].items()},
        training={name: training(entry) for name, entry in sections["training"].items()},
        experiments={name: experiment(entry) for name, entry in sections["experiments"].items()},
    )


def plugin(kind: str, name: str, entry: RawEntry, model: type[E]) -> E:
    """An entry that uses a plug-in: the keys that every entry of its kind has, and the plug-in's own parameters."""
    use = entry.keys["use"]
    file = str(use.content)
    if not registry.exists(kind, file):
        raise unknown(f"file in autoloss/{kind}", file, registry.names(kind), str(use.mark))
    schema = registry.hyperparameters(kind, file)
    common = [key for key in model.model_fields if key not in ("name", "params")]
    known = (*schema.model_fields, *common)
    own = {key: node for key, node in entry.keys.items() if key not in common}
    params = _validated(schema, own, entry, known).model_dump()
    shared = {key: node for key, node in entry.keys.items() if key in common}
    return _validated(model, shared, entry, known, {"name": name, "params": params})


def training(entry: RawEntry) -> Training:
    """An entry of the section `training`."""
    return _validated(Training, entry.keys, entry, tuple(Training.model_fields))


def experiment(entry: RawEntry) -> Experiment:
    """An entry of the section `experiments`."""
    return _validated(Experiment, entry.keys, entry, (*Experiment.model_fields, "scales"))


def _validated(
    model: type[T],
    keys: Mapping[str, Node],
    entry: RawEntry,
    known: tuple[str, ...],
    given: Mapping[str, object] | None = None,
) -> T:
    """The object of a type from keys of an entry.

    Args:
        model: the type.
        keys: its values.
        entry: the entry they belong to.
        known: every key that the entry may have.
        given: further fields, which the file does not say.
    """
    values = {key: node.plain for key, node in keys.items()}
    try:
        made = model.model_validate_json(json.dumps({**values, **(given or {})}), strict=True)
    except ValidationError as error:
        raise _one_line(error.errors()[0], model, keys, entry, known) from None
    for key, value in values.items():  # pydantic takes true for the number 1 of a Literal
        if isinstance(value, bool) and not isinstance(getattr(made, key), bool):
            raise UserError(f"{_where(keys[key], key, entry)}: expected a value other than true or false")
    return made.model_copy(update=given) if given else made


def _one_line(
    error: ErrorDetails, model: type[BaseModel], keys: Mapping[str, Node], entry: RawEntry, known: tuple[str, ...]
) -> UserError:
    kind, (key, *inner) = error["type"], [str(part) for part in error["loc"]] or [""]
    if kind == "extra_forbidden" and not inner:
        return _unknown_key(key, _where(keys[key], key, entry), known)
    if kind == "missing" and not inner:
        return entry.error(f"{key} is missing")
    node = keys.get(key)
    where = _where(_innermost(node, inner), key, entry) if node else str(entry.mark)
    if kind == "extra_forbidden":
        return unknown("key", inner[-1], _fields(model, key), where)
    expected = _EXPECTED.get(kind, "").format(**error.get("ctx", {}))
    text = error["msg"].removeprefix("Value error, ")
    message = f"expected {expected}" if expected else f"{text[0].lower()}{text[1:]}"
    place = f"{inner[-1]} is missing" if kind == "missing" else message
    found = "" if kind in ("missing", "value_error") else f", found {json.dumps(error['input'], ensure_ascii=False)}"
    return UserError(f"{where}: {place}{found}")


def _innermost(node: Node, keys: Sequence[str]) -> Node:
    """The node that nested keys lead to, as far as they do: some of them name no key but a type, or are missing."""
    for key in keys:
        if not node.like and isinstance(node.content, dict) and key in node.content:
            node = node.content[key]
    return node


def _where(node: Node, key: str, entry: RawEntry) -> str:
    return f"{entry.mark}: {key} (like {node.like}, line {node.mark.line})" if node.like else str(node.mark)


def _unknown_key(key: str, where: str, known: tuple[str, ...]) -> UserError:
    if key in RENAMED:
        return UserError(f"{where}: renamed to {RENAMED[key]}")
    return unknown("key", key, known, where)


def _fields(model: type[BaseModel], key: str) -> tuple[str, ...]:
    """The keys of the object that `key` holds: the annotation is its class, or a choice with it among others."""
    found = _classes(model.model_fields[key].annotation)
    return tuple(field for part in found for field in part.model_fields)


def _classes(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _classes(part)
