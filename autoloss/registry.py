"""Finds plug-ins by file name: `autoloss/<kind>/<name>.py` holds the class of that name.

One naming rule: the class is called as the file is, without underscores and whatever the case
(`cross_entropy.py` holds `CrossEntropy`, `deepfm.py` holds `DeepFM`). Files that start with an
underscore are a kind's helpers. What params.yaml may set are the keyword-only arguments of the
class's `__init__`; they are read from the source, so that planning imports no torch.
"""

import ast
import importlib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from autoloss.errors import unknown

KINDS = ("datasets", "models", "losses", "methods")
PACKAGE = Path(__file__).parent
_ANNOTATIONS = {"Literal": Literal, "Annotated": Annotated, "Field": Field, "Any": Any}


def names(kind: str) -> tuple[str, ...]:
    """The plug-ins of a kind, sorted."""
    return tuple(sorted(f.stem for f in (PACKAGE / kind).glob("*.py") if not f.stem.startswith("_")))


def load(kind: str, name: str) -> type:
    """The class of plug-in `name`.

    Raises:
        UserError: there is no such file; the message names the nearest one.
    """
    module = importlib.import_module(f"autoloss.{kind}.{_checked(kind, name)}")
    return getattr(module, _class_node(kind, name).name)


@cache
def hyperparameters(kind: str, name: str) -> type[BaseModel]:
    """The keyword-only arguments of the plug-in's `__init__`, as a frozen model that forbids any other key."""
    init = next(
        (n for n in _class_node(kind, name).body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None
    )
    fields: dict[str, Any] = {}
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True) if init else ():
        annotation = eval(ast.unparse(argument.annotation), dict(_ANNOTATIONS)) if argument.annotation else Any
        fields[argument.arg] = (annotation, ... if default is None else ast.literal_eval(default))
    return create_model(f"{kind}.{name}", __config__=ConfigDict(extra="forbid", frozen=True), **fields)


def constant(kind: str, name: str, attribute: str, default: Any = None) -> Any:
    """A literal class attribute of the plug-in (say, the tasks of a loss), read without importing it."""
    for node in _class_node(kind, name).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == attribute for t in node.targets):
            return ast.literal_eval(node.value)
    return default


def _checked(kind: str, name: str) -> str:
    if name not in names(kind):
        raise unknown(kind.removesuffix("s") if kind != "losses" else "loss", name, names(kind), f"autoloss/{kind}")
    return name


@cache
def _class_node(kind: str, name: str) -> ast.ClassDef:
    path = PACKAGE / kind / f"{_checked(kind, name)}.py"
    wanted = name.replace("_", "").lower()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name.lower() == wanted:
            return node
    raise unknown("class", wanted, [], f"{path}: the registry wants a class called as the file")
