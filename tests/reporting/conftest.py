"""Gives the tests of this room `fake_cells` and `fake_files`, and one small report that is rendered once."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """An experiment of each kind; one cell failed, one method was never trained. `root`, `config`, `plan`."""
    import fake_cells
    import fake_files

    root = tmp_path_factory.mktemp("small")
    config = fake_cells.config(**fake_cells.SMALL)
    plan = fake_files.project(
        root, config, fail=("hinge-deepfm-ml-20m-s1",), skip=("slf-deepfm-criteo-s2", "hinge-deepfm-criteo")
    )
    return SimpleNamespace(root=root, config=config, plan=plan)


@pytest.fixture(scope="session")
def material(small):
    """All that the report of `small` is made of."""
    from autoloss.reporting.material import gather

    return gather(small.config, small.plan, small.root)


@pytest.fixture(scope="session")
def report(small):
    """The folder reports/ of `small`, rendered."""
    from autoloss.reporting.render import render

    render(small.config, small.plan, small.root)
    return small.root / "reports"
