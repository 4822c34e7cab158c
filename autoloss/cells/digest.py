"""What a result depends on, as a digest: parameters, data, upstream cells, and the code that trains.

The code digest covers the `autoloss` modules reachable by module-level imports from the training entry
and the cell's plug-ins, each hashed as its syntax tree without docstrings and without the texts of errors:
comments, layout and messages do not count, nor does how a metric is shown. A name that a package imports on
first use (autoloss/lazy.py) counts as the module that defines it. `unforeseen_modules` finds, at the end of a
job, a module that was imported all the same.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from autoloss import lazy, registry
from autoloss.training.spec import Spec

ENTRY = "autoloss.training.entry"
# These decide which cells there are and where they lie; what they resolve stands in a cell's specification.
OUTSIDE = ("autoloss.cells", "autoloss.cli", "autoloss.config")

SHOWN = {"title", "phrase", "decimals", "headline"}  # attributes of a metric that change no result


def of(content: Any) -> str:
    """sha256 of anything that json can say, independent of the order of keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def roots(spec: Spec) -> tuple[str, ...]:
    """The modules that a cell's training starts from: the entry, the metrics, and the plug-ins of its specification."""
    plug_ins = [f"autoloss.models.{spec.model.use}", f"autoloss.methods.{spec.method.use}"]
    plug_ins += [f"autoloss.losses.{loss.use}" for loss in spec.losses.values()]
    return (ENTRY, *plug_ins, *(f"autoloss.metrics.{name}" for name in registry.names("metrics")))


def code(modules: Iterable[str]) -> str:
    """Digest of the closure of `modules`."""
    return _code(tuple(modules))


@cache
def _code(modules: tuple[str, ...]) -> str:
    return of(modules_by_hash(modules))


def modules_by_hash(modules: Iterable[str]) -> dict[str, str]:
    """Each module of the closure, and the hash of its code."""
    return {name: _tree_hash(name, _source(name)) for name in closure(modules)}


def current_code(spec: Spec) -> str:
    """The code digest of a specification; the files are read anew, and those that have changed are parsed anew."""
    for cached in (_source, _imports, _code):
        cached.cache_clear()
    return code(roots(spec))


def closure(modules: Iterable[str]) -> tuple[str, ...]:
    """All `autoloss` modules that importing `modules` imports, packages on the way included."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(name)
            if "." in name:
                waiting.append(name.rpartition(".")[0])
    return tuple(sorted(found))


def loaded_modules() -> set[str]:
    """The `autoloss` modules that this process has imported."""
    return {name for name in sys.modules if name.partition(".")[0] == "autoloss"}


def unforeseen_modules(spec: Spec, before: set[str]) -> list[str]:
    """What a training has imported though the code digest of its specification does not cover it.

    Args:
        spec: the cell's specification.
        before: what earlier cells of this process had loaded.
    """
    new = loaded_modules() - before - set(closure(roots(spec)))
    return sorted(name for name in new if not name.startswith(OUTSIDE))


def _path(module: str) -> Path | None:
    base = registry.PACKAGE.joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if module != "autoloss" and path.is_file():
            return path
    root = registry.PACKAGE / "__init__.py"
    return root if module == "autoloss" and root.is_file() else None


@cache
def _source(module: str) -> bytes | None:
    path = _path(module)
    return path.read_bytes() if path else None


def _tree(module: str) -> ast.Module:
    return _parsed(_path(module), _source(module))


@cache
def _parsed(path: Path | None, source: bytes | None) -> ast.Module:
    """The syntax tree of a file, which has this content."""
    return registry.parse(path) if path else ast.Module([], [])


@cache
def _imports(module: str) -> tuple[str, ...]:
    """The `autoloss` modules that `module` imports at its top level."""
    found = []
    for node in _tree(module).body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            public = lazy.homes(_tree(node.module))
            found.append(node.module)
            found += [public.get(alias.name, f"{node.module}.{alias.name}") for alias in node.names]
    return tuple(name for name in found if name.partition(".")[0] == "autoloss" and _path(name))


@cache
def _tree_hash(module: str, source: bytes | None) -> str:
    """Hash of the syntax tree without docstrings, and without the strings inside `raise` statements.

    Args:
        module, source: its name and what its file holds.
    """
    tree = ast.parse(ast.unparse(_parsed(_path(module), source)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            _drop_texts(node)
        elif lazy.for_type_checkers(node):
            node.body = []
        elif isinstance(node, ast.ClassDef) and module.startswith("autoloss.metrics."):
            node.body = [statement for statement in node.body if not _is_shown(statement)] or [ast.Pass()]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_shown(statement: ast.stmt) -> bool:
    """Whether a statement in the class of a metric only says how it is shown."""
    if not isinstance(statement, ast.Assign):
        return False
    names = {node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return names <= SHOWN


def _drop_texts(raised: ast.Raise) -> None:
    """Empties the strings of a `raise` statement; what an f-string evaluates stays."""
    for node in ast.walk(raised):
        if isinstance(node, ast.JoinedStr):
            node.values = [value for value in node.values if isinstance(value, ast.FormattedValue)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
