"""Public names of a package, imported when they are first used: `import autoloss` alone loads no other module.

A package lists its names as imports under `if TYPE_CHECKING:`, where type checkers and editors look for them, and
calls `attach` otherwise. The code digest of a cell reads the same list, so that a name taken from a package counts
as the module that defines it, and as nothing else of that package.
"""

import ast
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeGuard


def attach(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The package's `__getattr__` and `__dir__` (PEP 562).

    Args:
        package: its `__name__`.
    """

    @cache
    def public() -> dict[str, str]:
        return homes(ast.parse(Path(str(sys.modules[package].__file__)).read_text(encoding="utf-8")))

    def names() -> list[str]:
        return sorted(public())

    def attribute(name: str) -> object:
        if name == "__all__":
            return names()
        if name not in public():
            raise AttributeError(f"module '{package}' has no attribute '{name}'; it has: {', '.join(names())}")
        value = getattr(import_module(public()[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return attribute, names


def homes(tree: ast.Module) -> dict[str, str]:
    """Public name → the module that defines it, from the imports under `if TYPE_CHECKING:`."""
    imports = (statement for block in tree.body if for_type_checkers(block) for statement in block.body)
    return {
        alias.name: statement.module
        for statement in imports
        if isinstance(statement, ast.ImportFrom) and statement.module
        for alias in statement.names
    }


def for_type_checkers(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether a statement is `if TYPE_CHECKING:`, which never runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
