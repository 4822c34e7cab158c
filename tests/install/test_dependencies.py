"""pyproject.toml declares what is imported and nothing else; requirements.lock pins what that brings."""

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = packages_distributions()
COMMANDS = {"dvc"}  # used as a command
EVERYTHING = ("pipeline", "test", "dev")  # what `make env` installs
# what the library consists of: everything that its public names import
LIBRARY = """
import sys, autoloss
for name in autoloss.__all__:
    getattr(autoloss, name)
print(*(m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "autoloss" and m.__file__))
"""


def _files(*folders: str) -> list[Path]:
    return [
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if not path.parent.name.endswith("_peers")
    ]


@pytest.fixture(scope="module")
def library():
    done = subprocess.run([sys.executable, "-c", LIBRARY], capture_output=True, text=True, check=True, cwd=ROOT)
    return [Path(file) for file in done.stdout.split()]


def _imported(files: list[Path]) -> set[str]:
    """Top-level names of the third-party modules that the files import, wherever in the file."""
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    ours = {"autoloss", "benchmarks", *(path.stem for path in _files("tests"))}
    return found - set(sys.stdlib_module_names) - ours - {"_typeshed"}  # the last is known to type checkers only


@pytest.fixture(scope="module")
def undeclared(declared, normal):
    def names(files: list[Path], *extras: str) -> set[str]:
        allowed = {normal(r.name) for r in declared(*extras)}
        return {name for name in _imported(files) if not allowed & set(map(normal, DISTRIBUTIONS[name]))}

    return names


def test_the_library_imports_only_what_it_declares(library, undeclared):
    assert ROOT / "autoloss/methods/autoloss.py" in library
    assert not undeclared(library)


def test_the_package_imports_only_what_the_pipeline_declares(undeclared):
    assert not undeclared(_files("autoloss", "workflow"), "pipeline")


def test_tests_and_benchmarks_import_only_what_their_extra_declares(undeclared):
    assert not undeclared(_files("tests", "benchmarks"), "pipeline", "test")


def test_everything_the_package_declares_is_used(declared, normal):
    used = {normal(name) for module in _imported(_files("autoloss")) for name in DISTRIBUTIONS[module]}
    assert {normal(r.name) for r in declared("pipeline")} - used == COMMANDS


def test_the_lock_pins_what_the_declared_packages_bring_and_nothing_else(declared, closure, normal):
    pins = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text().splitlines())
    pinned = {normal(name): version for name, version in pins.items()}
    wanted = declared(*EVERYTHING)
    assert {str(r) for r in wanted if pinned[normal(r.name)] not in r.specifier} == set()
    assert set(pinned) == closure(wanted)
