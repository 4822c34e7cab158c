"""Reads a YAML file into nodes that know where they stand, so that every message can name the line.

Unquoted scalars are read by YAML 1.2, as DVC reads the same file: `1e-3` is a number, and `no` and `on` are text.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from autoloss.errors import UserError

Scalar: TypeAlias = None | bool | int | float | str
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"
Content: TypeAlias = "Scalar | list[Plain] | dict[str, Node]"

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST = 300  # digits of a number
_IMPLICIT_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq")}


@dataclass(frozen=True)
class Mark:
    """A place in a file: the line (from 1; 0 where there are no lines) and the keys that lead there."""

    file: Path
    line: int
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        keys = ".".join(key if key.isprintable() else ascii(key) for key in self.keys)
        return f"{place}: {keys}" if keys else place


@dataclass(frozen=True)
class Node:
    """A value of the file.

    Attributes:
        content: a scalar, a list, or nodes by key.
        mark: where it stands.
        like: the entry that it was inherited from.
    """

    content: Content
    mark: Mark
    like: str | None = None

    @property
    def plain(self) -> Plain:
        """The value without its marks."""
        return _plain(self.content)

    def error(self, message: str) -> UserError:
        """What is wrong with this value."""
        return UserError(f"{self.mark}: {message}")


def read(path: Path) -> dict[str, Node]:
    """The top-level keys of a YAML file.

    Raises:
        UserError: the file cannot be read or is not a mapping, a key is defined twice, or a number is not finite.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8") from None
    content = _parsed(text, path)
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected a mapping of sections, found {content!r}")
    return content


def value(text: str, where: str) -> Plain:
    """A value as it would stand in the file, for instance of a command-line option.

    Args:
        text: YAML.
        where: its place, for messages.
    """
    return _plain(_parsed(text, Path(where)))


def needs_quotes(text: str) -> bool:
    """Whether a text would be read as something else, or refused, if it stood in the file without quotes.

    Only of words and numbers: what breaks the syntax of YAML itself is not looked for.
    """
    return text in _WORDS or bool(_NUMBER.fullmatch(text))


def node(plain: Plain, mark: Mark) -> Node:
    """A value that no file says, as a node."""
    if isinstance(plain, dict):
        return Node({key: node(item, mark) for key, item in plain.items()}, mark)
    return Node(plain, mark)


def _parsed(text: str, path: Path) -> Content:
    try:
        root = _LOADER(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{path}{line}: not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    try:
        return None if root is None else _Reader(path).content(root, Mark(path, 1))
    except RecursionError:
        raise UserError(f"{path}: nested too deeply") from None


def _plain(content: Content) -> Plain:
    return {key: node.plain for key, node in content.items()} if isinstance(content, dict) else content


@dataclass
class _Reader:
    path: Path
    seen: set[int] = field(default_factory=set)  # collections: one that comes again is an alias

    def content(self, node: yaml.Node, mark: Mark) -> Content:
        if node.tag not in _IMPLICIT_TAGS:
            raise UserError(f"{mark}: the tag {node.tag} is not supported; write the value without it")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node.value, mark) if node.style in (None, "") else node.value
        if isinstance(node, yaml.SequenceNode):
            return [_plain(self.content(item, mark)) for item in node.value]
        if id(node) in self.seen:
            raise UserError(f"{mark}: an alias of a mapping is not supported; write like: NAME in the entry instead")
        self.seen.add(id(node))
        return self.mapping(node, mark)

    def mapping(self, node: yaml.Node, mark: Mark) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, child in node.value:
            line = key.start_mark.line + 1
            name = self.key(key, Mark(self.path, line, mark.keys))
            place = Mark(self.path, line, (*mark.keys, name))
            if name in found:
                raise UserError(f"{place}: is defined twice, first in line {found[name].mark.line}")
            found[name] = Node(self.content(child, place), place)
        return found

    def key(self, node: yaml.Node, mark: Mark) -> str:
        name = self.content(node, mark)
        if name == "<<":
            raise UserError(f"{mark}: the merge key << is not supported; write like: NAME in the entry instead")
        if not isinstance(name, str):
            raise UserError(f"{mark}: a key is {name!r}, expected text; put it in quotes")
        return name


def _scalar(text: str, mark: Mark) -> Scalar:
    """An unquoted scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    if len(text) > _LONGEST:
        raise UserError(f"{mark}: a number of {len(text)} characters is too long")
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(text):
        return int(digits)
    number = float(digits.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if not math.isfinite(number):
        raise UserError(f"{mark}: expected a finite number, found {text}")
    return number
