"""The code of this package as hashes, by which what was made with other code is known.

A module is hashed as its syntax tree without docstrings and without the texts of errors: comments, layout and messages
do not count, nor does how a metric is shown. A name that a package imports on first use (autoloss/lazy.py) counts as
the module that defines it.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache

from autoloss import imports, lazy

SHOWN = {"title", "phrase", "decimals", "headline"}  # attributes of a metric that change no result


def modules_by_hash(modules: Iterable[str]) -> dict[str, str]:
    """Each module of the closure, and the hash of its code."""
    return {name: _tree_hash(name, imports.source(name)) for name in imports.closure(modules)}


@cache
def _tree_hash(module: str, source: bytes | None) -> str:
    """Hash of the syntax tree without docstrings, and without the strings inside `raise` statements.

    Args:
        module, source: its name and what its file holds.
    """
    tree = ast.parse(ast.unparse(imports.tree(module)))  # a copy
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
    return hashlib.sha256(_text(tree).encode()).hexdigest()


def _text(node: object) -> str:
    """A syntax tree as text. Empty fields are left out: which there are, and how `ast.dump` shows them, depends on the
    version of Python, and results of one version count in another.
    """
    if isinstance(node, ast.AST):
        fields = (f"{name}={_text(value)}" for name, value in ast.iter_fields(node) if value not in (None, []))
        return f"{type(node).__name__}({', '.join(fields)})"
    return f"[{', '.join(map(_text, node))}]" if isinstance(node, list) else repr(node)


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
