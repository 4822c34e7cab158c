"""Made-up cells on disk, each with every kind of file that training writes."""

import fake_cells
import fake_files
import pytest


@pytest.fixture(scope="session")
def config():
    """Two methods, two seeds."""
    return fake_cells.config(
        seeds=2, overall={"datasets": ["criteo"], "models": ["deepfm"], "methods": ["ce", "autoloss"]}
    )


@pytest.fixture
def plan(config, tmp_path):
    """Its plan, all of it finished and archived in `tmp_path`."""
    made = fake_cells.plan(config)
    fake_files.write(made, tmp_path)
    return made
