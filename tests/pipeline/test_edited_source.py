"""`dvc repro data` with a local source file: encoded again when the file is edited, and only then."""

import json
import os
import subprocess

import pytest

ROWS = "label,a,b\n" + "".join(f"{i % 2},{i % 3},{i % 5}\n" for i in range(200))


@pytest.fixture
def mine(project, tiny):
    """A project with a csv of the user's as its dataset."""
    (project.root / "orders.csv").write_text(ROWS)
    datasets = {"orders": {"use": "table", "task": "binary", "source": "orders.csv"}}
    experiments = {"overall": {"datasets": ["orders"], "models": ["deepfm"], "methods": ["ce"]}}
    project.params({**tiny, "datasets": datasets, "experiments": experiments})
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    subprocess.run(["dvc", "init", "-q"], cwd=project.root, env=project.environment, check=True)
    return project


def _repro(project) -> str:
    done = subprocess.run(
        ["dvc", "repro", "data"], cwd=project.root, env=project.environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _encoded(project) -> dict:
    return json.loads((project.root / "data/encoded/demo/orders/meta.json").read_text())


def test_an_edited_source_file_is_encoded_again_and_an_unchanged_one_is_not(mine):
    _repro(mine)
    before = _encoded(mine)
    assert "autoloss data prepare" not in _repro(mine)
    (mine.root / "orders.csv").write_text(ROWS.replace("0,1,1", "0,2,1"))
    os.utime(mine.root / "orders.csv", ns=(1, 1))
    assert "autoloss data prepare" in _repro(mine)
    assert _encoded(mine)["sha256"] != before["sha256"] and _encoded(mine)["rows"] == 200
