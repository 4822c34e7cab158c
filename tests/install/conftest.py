"""What pyproject.toml declares, and what the installed distributions say they need."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def _normal(name: str) -> str:
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="session")
def normal():
    return _normal


@pytest.fixture(scope="session")
def declared():
    """declared(*extras): the library's requirements and those of the extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def requirements(*extras: str) -> list[Requirement]:
        lines = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
        return [Requirement(line) for group in lines for line in group]

    return requirements


@pytest.fixture(scope="session")
def closure():
    """closure(requirements): names of the distributions that they bring on this platform, themselves included."""

    def names(requirements: list[Requirement]) -> set[str]:
        todo = [(_normal(r.name), extra) for r in requirements for extra in ("", *r.extras)]
        seen = set(todo)
        while todo:
            name, extra = todo.pop()
            for needed in map(Requirement, requires(name) or ()):
                if needed.marker and not needed.marker.evaluate({"extra": extra}):
                    continue
                new = {(_normal(needed.name), e) for e in ("", *needed.extras)} - seen
                seen |= new
                todo += new
        return {name for name, _ in seen}

    return names
