"""Data flows one way: a module imports only from packages to its left."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "autoloss"
PACKAGES = (
    "errors", "signals", "environment", "disk", "git", "lazy", "files", "seals", "records", "folders", "ranges",
    "registry", "imports", "code_digest", "config", "metrics", "statistics", "contrasts", "datasets", "data", "models",
    "losses", "methods", "training", "cells", "prediction", "reporting", "tracking", "cli",
)  # fmt: skip
OUTSIDE = {"__init__", "__main__"}  # the library's names; the command line's entry


def _package(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # from autoloss import x: x may be a package
            found |= {f"autoloss.{a.name}" for a in node.names} if node.module == "autoloss" else {node.module}
    return {name for name in found if name.split(".")[0] == "autoloss"}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_packages_to_its_left(path):
    here = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if here in OUTSIDE:
        return
    wrong = [name for name in _imports(path) if PACKAGES.index(_package(name)) > PACKAGES.index(here)]
    assert not wrong, f"{here} imports {wrong}"


def test_every_package_is_in_the_order():
    there = {p.name.removesuffix(".py") for p in ROOT.iterdir() if not p.name.startswith("__pycache__")}
    assert there - OUTSIDE == set(PACKAGES)
