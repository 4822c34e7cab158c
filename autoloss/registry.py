"""Finds plug-ins by file name: `autoloss/<kind>/<name>.py` holds the class of that name.

The class is named after the file, without underscores and in any case: `cross_entropy.py` holds `CrossEntropy`,
`deepfm.py` holds `DeepFM`. Files that start with an underscore are a kind's helpers. What params.yaml may set are the
keyword-only arguments of the class's `__init__`. They are read from the source, so planning imports no torch, and a
plug-in that is not used may be broken.
"""

import ast
import importlib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from autoloss import ranges
from autoloss.errors import UserError, unknown

KINDS = ("datasets", "models", "losses", "methods")
PACKAGE = Path(__file__).parent
_ANNOTATIONS = {**vars(ranges), "Literal": Literal, "Annotated": Annotated, "Field": Field, "Any": Any}
_EXPECTED = "int, float, bool, str, tuple, list, dict, Literal, Annotated, or a range of autoloss.ranges"


def names(kind: str) -> tuple[str, ...]:
    """The plug-ins of a kind, sorted."""
    return tuple(sorted(f.stem for f in (PACKAGE / kind).glob("*.py") if exists(kind, f.stem)))


def exists(kind: str, name: str) -> bool:
    """Whether there is a plug-in of this name."""
    return name.isidentifier() and not name.startswith("_") and _file(kind, name).is_file()


def parse(path: Path) -> ast.Module:
    """The syntax tree of a source file.

    Raises:
        UserError: it is not valid Python; the message names the file and the line.
    """
    try:
        return ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise _syntax_error(path, error) from None


def load(kind: str, name: str) -> type:
    """The class of plug-in `name`.

    Raises:
        UserError: there is no such file (the message names the nearest one), or it is not valid Python.
    """
    wanted = _class_node(kind, name).name
    try:
        module = importlib.import_module(f"autoloss.{kind}.{name}")
    except SyntaxError as error:  # in a helper that the plug-in imports
        raise _syntax_error(Path(error.filename or ""), error) from None
    return getattr(module, wanted)


@cache
def hyperparameters(kind: str, name: str) -> type[BaseModel]:
    """The keyword-only arguments of the plug-in's `__init__`, as a frozen model that forbids any other key.

    Raises:
        UserError: as `load`; or an annotation or a default is not understood.
    """
    init = _function(kind, name, "__init__")
    fields: dict[str, Any] = {}
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True) if init else ():
        where = f"{_shown(_file(kind, name))}:{argument.lineno}: {argument.arg}"
        annotation = _annotation(argument.annotation, where) if argument.annotation else Any
        fields[argument.arg] = (annotation, ... if default is None else _literal(default, where))
    config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    return create_model(f"{kind}.{name}", __config__=config, **fields)


def constant(kind: str, name: str, attribute: str, default: Any = None) -> Any:
    """A literal class attribute of the plug-in (such as the tasks of a loss), read without importing it."""
    for node in _class_node(kind, name).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == attribute for t in node.targets):
            return _literal(node.value, f"{_shown(_file(kind, name))}:{node.lineno}: {attribute}")
    return default


def defines(kind: str, name: str, function: str) -> bool:
    """Whether the plug-in's class itself defines a method of this name."""
    return _function(kind, name, function) is not None


def _annotation(node: ast.expr, where: str) -> Any:
    text = ast.unparse(node)
    try:
        return eval(text, dict(_ANNOTATIONS))
    except Exception:
        raise UserError(f"{where}: the annotation {text} is not understood; expected {_EXPECTED}") from None


def _literal(node: ast.expr, where: str) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise UserError(f"{where}: found {ast.unparse(node)}, expected a literal") from None


def _file(kind: str, name: str) -> Path:
    return PACKAGE / kind / f"{name}.py"


def _shown(path: Path) -> Path:
    """The path as a user knows it."""
    return path.relative_to(PACKAGE.parent) if path.is_relative_to(PACKAGE.parent) else path


def _syntax_error(path: Path, error: SyntaxError) -> UserError:
    return UserError(f"{_shown(path)}:{error.lineno}: not valid Python: {error.msg}")


@cache
def _class_node(kind: str, name: str) -> ast.ClassDef:
    if not exists(kind, name):
        raise unknown(kind.removesuffix("s") if kind != "losses" else "loss", name, names(kind), f"autoloss/{kind}")
    path = _file(kind, name)
    tree = parse(path)
    wanted = name.replace("_", "").lower()
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.lower() == wanted:
            return node
    found = ", ".join(node.name for node in tree.body if isinstance(node, ast.ClassDef)) or "no class"
    title = "".join(part.title() for part in name.split("_"))
    raise UserError(f"{_shown(path)}: name the class after the file: expected {title}, in any case, found {found}")


def _function(kind: str, name: str, function: str) -> ast.FunctionDef | None:
    body = _class_node(kind, name).body
    return next((n for n in body if isinstance(n, ast.FunctionDef) and n.name == function), None)
