"""The library as its user meets it: light to import. That docs/library.md runs: tests/install/test_library_alone.py."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import autoloss
import autoloss.losses
import autoloss.methods
import autoloss.models

PAGE = Path(__file__).parents[2] / "docs" / "library.md"


def test_the_ten_lines_are_ten_at_most():
    section = PAGE.read_text().split("## The ten lines")[1]
    block = re.search(r"```python\n(.*?)```", section, re.DOTALL).group(1)
    assert len([line for line in block.splitlines() if line.strip()]) <= 10


def test_importing_the_package_imports_neither_torch_nor_a_room():
    code = "import sys, autoloss; print([m for m in sys.modules if m.startswith(('torch', 'autoloss.', 'numpy'))])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PAGE.parents[1])
    assert out.stdout.strip() == "['autoloss.lazy']"


def test_every_public_name_is_there():
    for package in (autoloss, autoloss.losses, autoloss.models, autoloss.methods):
        assert dir(package)
        for name in dir(package):
            assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Autoloss'; it has: AutoLoss"):
        autoloss.Autoloss  # noqa: B018
