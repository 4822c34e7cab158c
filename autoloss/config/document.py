"""params.yaml in its parts: settings and sections of named entries, first for all scales, then at one of them."""

import re
from dataclasses import dataclass
from pathlib import Path

from autoloss.config.inherit import RawEntry, inherit
from autoloss.config.read import Node, read
from autoloss.config.scales import SCALES, pick, picked
from autoloss.errors import unknown
from autoloss.registry import KINDS

SECTIONS = ("datasets", "losses", "models", "methods", "training", "experiments")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_OVERLAYS = (
    "overlays are no longer supported; write a value that depends on the scale in place, "
    "warmup: {demo: 20, small: 20, full: 200}, and where an experiment runs as scales: [small, full] in it"
)


@dataclass(frozen=True)
class Document:
    """What the file says, with what entries inherit.

    Attributes:
        path: the file.
        settings: the top-level values.
        sections: the entries of each section, by name.
        runs: the scales at which each experiment runs.
    """

    path: Path
    settings: dict[str, Node]
    sections: dict[str, dict[str, RawEntry]]
    runs: dict[str, tuple[str, ...]]


def document(path: Path) -> Document:
    """Reads a file.

    Raises:
        UserError: with the line, what was found and what was expected.
    """
    raw = read(path)
    if "scales" in raw:
        raise raw["scales"].error(_OVERLAYS)
    sections = {name: inherit(_entries(name, raw[name])) if name in raw else {} for name in SECTIONS}
    runs = {name: _runs(entry.keys.pop("scales", None)) for name, entry in sections["experiments"].items()}
    return Document(path, {key: node for key, node in raw.items() if key not in SECTIONS}, sections, runs)


def at_scale(whole: Document, scale: str) -> Document:
    """The document with the values of one scale, and the experiments that run at it.

    Raises:
        UserError: a mapping of scales is incomplete, or mixed with other keys.
    """
    settings = {key: picked(node, scale) for key, node in whole.settings.items()}
    sections = {
        section: {
            name: RawEntry(entry.mark, {key: picked(node, scale) for key, node in entry.keys.items()})
            for name, entry in entries.items()
            if section != "experiments" or scale in whole.runs[name]
        }
        for section, entries in whole.sections.items()
    }
    return Document(whole.path, settings, sections, whole.runs)


def idle_experiments(whole: Document, scale: str) -> dict[str, RawEntry]:
    """The experiments that do not run at a scale and yet have all their values for it: these are checked too."""
    found = {}
    for name, entry in whole.sections["experiments"].items():
        keys = {key: pick(node, scale) for key, node in entry.keys.items()}
        there = {key: node for key, node in keys.items() if node is not None}
        if scale not in whole.runs[name] and len(there) == len(keys):
            found[name] = RawEntry(entry.mark, there)
    return found


def _runs(node: Node | None) -> tuple[str, ...]:
    """The scales of an experiment, from its key `scales`."""
    if node is None:
        return SCALES
    names = node.content
    if not isinstance(names, list) or not names:
        raise node.error(f"expected a list of scales, found {node.plain!r}")
    for name in names:
        if name not in SCALES:
            raise unknown("scale", str(name), SCALES, str(node.mark))
    return tuple(scale for scale in SCALES if scale in names)


def _entries(section: str, node: Node) -> dict[str, RawEntry]:
    if node.content is None:
        return {}
    if not isinstance(node.content, dict):
        raise node.error(f"expected a mapping of names, found {node.plain!r}")
    return {name: _entry(section, name, entry) for name, entry in node.content.items()}


def _entry(section: str, name: str, node: Node) -> RawEntry:
    if not _NAME.fullmatch(name):
        raise node.error(
            f"the name {name!r} cannot be used in paths and commands; expected letters, digits, '.', '_' and '-', "
            "not starting with '.' or '-'"
        )
    keys = {} if node.content is None and section in KINDS else node.content
    if not isinstance(keys, dict):
        raise node.error(f"expected a mapping of keys, found {node.plain!r}")
    for key in SCALES:
        if key in keys:
            raise keys[key].error("an entry as a whole cannot depend on the scale; its values can")
    if section in KINDS and not {"use", "like"} & keys.keys():
        keys = {"use": Node(name, node.mark), **keys}
    return RawEntry(node.mark, keys)
