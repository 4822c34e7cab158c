"""The resolved configuration for people and programs: every value, and where it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass

from autoloss.config.document import SECTIONS, Document
from autoloss.config.frozen import Frozen
from autoloss.config.inherit import RawEntry
from autoloss.config.read import Node, Plain
from autoloss.config.schema import Config, Entry, Settings


@dataclass(frozen=True)
class Row:
    """A value, the keys that lead to it, and its source: a line of the file, an entry it is like, or the default."""

    keys: tuple[str, ...]
    value: Plain
    source: str


def mapping(config: Config) -> dict[str, Plain]:
    """The configuration as params.yaml would say it with every value written out.

    Loaded as a file, it gives the same configuration at its scale.
    """
    return {**_settings(config), **{s: {name: _keys(e) for name, e in getattr(config, s).items()} for s in SECTIONS}}


def rows(config: Config, document: Document) -> list[Row]:
    """Every value of the configuration, in the order of the file.

    Args:
        config: at one scale.
        document: that it was built from.
    """
    found = []
    for key, value in _settings(config).items():
        found += _rows((key,), value, document.settings.get(key))
    for section in SECTIONS:
        for name, entry in getattr(config, section).items():
            raw: RawEntry = document.sections[section][name]
            for key, value in _keys(entry).items():
                found += _rows((section, name, key), value, raw.keys.get(key))
    return found


def unused(config: Config) -> dict[str, tuple[str, ...]]:
    """The entries that no experiment at the configuration's scale uses, by section."""
    experiments = config.experiments.values()
    methods = {name for e in experiments for name in e.methods}
    methods |= {teacher for name in methods if (teacher := config.methods[name].controller_from)}
    used = {
        "datasets": set(config.used_datasets()),
        "losses": {name for method in methods for name in config.methods[method].losses},
        "models": {name for e in experiments for name in (*e.models, e.source_model)},
        "methods": methods,
        "training": {e.training for e in experiments},
    }
    left = {section: tuple(n for n in getattr(config, section) if n not in names) for section, names in used.items()}
    return {section: names for section, names in left.items() if names}


def text(value: Plain) -> str:
    """A value as params.yaml writes it on one line."""
    if isinstance(value, list):
        return f"[{', '.join(text(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {text(item)}' for key, item in value.items())}}}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _settings(config: Config) -> dict[str, Plain]:
    return config.model_dump(mode="json", include=set(Settings.model_fields))


def _keys(entry: Frozen) -> dict[str, Plain]:
    """The keys and values of an entry: a plug-in's own parameters stand beside those of every entry."""
    if not isinstance(entry, Entry):
        return entry.model_dump(mode="json")
    dumped = entry.model_dump(mode="json", exclude={"name"})
    params = dumped.pop("params")
    return {**dumped, **params}


def _rows(keys: tuple[str, ...], value: Plain, node: Node | None) -> Iterator[Row]:
    if isinstance(value, dict) and value:
        inner = node.content if node and isinstance(node.content, dict) else {}
        for key, item in value.items():
            yield from _rows((*keys, key), item, inner.get(key))
    else:
        yield Row(keys, value, _source(node))


def _source(node: Node | None) -> str:
    if node is None:
        return "default"
    return f"like {node.like} (line {node.mark.line})" if node.like else f"line {node.mark.line}"
