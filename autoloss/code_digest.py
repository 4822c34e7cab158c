"""The code of this package as hashes, by which what was made with other code is known.

A module is hashed as its syntax tree without docstrings and without the texts of errors: comments, layout and messages
do not count, nor does how a metric is shown. A name that a package imports on first use (autoloss/lazy.py) counts as
the module that defines it.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from autoloss import lazy, registry

SHOWN = {"title", "phrase", "decimals", "headline"}  # attributes of a metric that change no result


def modules_by_hash(modules: Iterable[str]) -> dict[str, str]:
    """Each module of the closure, and the hash of its code."""
    return {name: _tree_hash(name, _source(name)) for name in closure(modules)}


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


def forget() -> None:
    """Makes the next call read the files anew; those that have changed are parsed anew."""
    for cached in (_source, _imports):
        cached.cache_clear()


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
