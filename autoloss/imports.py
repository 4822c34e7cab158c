"""What importing a module of this package imports from it, told from the source files."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from autoloss import lazy, registry
from autoloss.errors import UserError


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


@cache
def later(module: str) -> tuple[tuple[str, str], ...]:
    """The `autoloss` modules that `module` imports inside functions and other blocks: (place, module)."""
    whole = tree(module)
    first = set(whole.body)
    nodes = (node for node in _executed(whole) if isinstance(node, ast.stmt) and node not in first)
    return tuple((_place(module, node), name) for node in nodes for name in _imported(module, node))


def forget() -> None:
    """Has the files read anew; those that have not changed are not parsed again."""
    for cached in (source, later, _imports):
        cached.cache_clear()


@cache
def source(module: str) -> bytes | None:
    """The content of a module's file; None without one."""
    path = _path(module)
    return path.read_bytes() if path else None


def tree(module: str) -> ast.Module:
    """The syntax tree of a module, which is not to be changed."""
    return _parsed(_path(module), source(module))


@cache
def _parsed(path: Path | None, source: bytes | None) -> ast.Module:
    """The syntax tree of a file, which has this content."""
    return registry.parse(path) if path else ast.Module([], [])


def _path(module: str) -> Path | None:
    base = registry.PACKAGE.joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if module != "autoloss" and path.is_file():
            return path
    root = registry.PACKAGE / "__init__.py"
    return root if module == "autoloss" and root.is_file() else None


@cache
def _imports(module: str) -> tuple[str, ...]:
    """The `autoloss` modules that `module` imports at its top level."""
    return tuple(name for node in tree(module).body for name in _imported(module, node))


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, but for what only type checkers read."""
    for child in node.orelse if lazy.for_type_checkers(node) else ast.iter_child_nodes(node):
        yield child
        yield from _executed(child)


def _imported(module: str, node: ast.stmt) -> list[str]:
    """The `autoloss` modules that a statement of `module` imports."""
    found: list[str] = []
    if isinstance(node, ast.Import):
        found = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and _is_ours(origin := _origin(module, node)):
        public = lazy.homes(tree(origin))
        found = [origin, *(public.get(alias.name, f"{origin}.{alias.name}") for alias in node.names)]
    return [name for name in found if _is_ours(name) and _path(name)]


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == "autoloss"


def _origin(module: str, node: ast.ImportFrom) -> str:
    """The module that names are imported from; `from . import x` and the like are resolved."""
    path = _path(module)
    package = module if path and path.name == "__init__.py" else module.rpartition(".")[0]
    try:
        return resolve_name("." * node.level + (node.module or ""), package)
    except ImportError:
        raise UserError(f"{_place(module, node)}: expected an import inside autoloss, found one above it") from None


def _place(module: str, node: ast.stmt) -> str:
    return f"{module}, line {node.lineno}"
