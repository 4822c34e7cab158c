"""`dvc repro data`: encoded again when a source file, a shipped archive or a plug-in is another one, and only then."""

import json
import os
import subprocess
import zipfile
from unittest.mock import ANY

import pytest

ROWS = "label,a,b\n" + "".join(f"{i % 2},{i % 3},{i % 5}\n" for i in range(200))


@pytest.fixture
def of(project, tiny):
    """of(name, entry) → the project with this dataset alone."""

    def run(name: str, entry: dict):
        experiments = {"overall": {"datasets": [name], "models": ["deepfm"], "methods": ["ce"]}}
        project.params({**tiny, "datasets": {name: entry}, "experiments": experiments})
        subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
        subprocess.run(["dvc", "init", "-q"], cwd=project.root, env=project.environment, check=True)
        return project

    return run


@pytest.fixture
def mine(of, project):
    """A project with a csv of the user's as its dataset."""
    (project.root / "orders.csv").write_text(ROWS)
    return of("orders", {"use": "table", "task": "binary", "source": "orders.csv"})


def _repro(project) -> str:
    done = subprocess.run(
        ["dvc", "repro", "data"], cwd=project.root, env=project.environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _encoded(project, name: str = "orders") -> dict:
    return json.loads((project.root / "data/encoded/demo" / name / "meta.json").read_text())


def test_an_edited_source_file_is_encoded_again_and_an_unchanged_one_is_not(mine):
    _repro(mine)
    before = _encoded(mine)
    assert "autoloss data prepare" not in _repro(mine)
    (mine.root / "orders.csv").write_text(ROWS.replace("0,1,1", "0,2,1"))
    os.utime(mine.root / "orders.csv", ns=(1, 1))
    assert "autoloss data prepare" in _repro(mine)
    assert _encoded(mine)["sha256"] != before["sha256"] and _encoded(mine)["rows"] == 200


def test_a_shipped_archive_that_is_replaced_is_encoded_again(of):
    ratings = {"use": "movielens", "archive": "ml-latest-small", "source": "remote"}
    project = of("ratings", {**ratings, "task": "multiclass", "n_classes": 5})
    _repro(project)
    assert _encoded(project, "ratings")["rows"] == 100_836
    assert "autoloss data prepare" not in _repro(project)
    with zipfile.ZipFile(project.root / "shipped" / "ml-latest-small.zip", "w") as archive:
        rows = "".join(f"{row % 7},{row % 5},{row % 10 / 2 + 0.5},0\n" for row in range(200))
        archive.writestr("ml/ratings.csv", f"userId,movieId,rating,timestamp\n{rows}")
    _repro(project)
    assert _encoded(project, "ratings")["rows"] == 200


def test_a_dataset_plug_in_that_is_edited_is_encoded_again_and_a_comment_is_not(of):
    ratings = {"use": "movielens", "task": "multiclass", "n_classes": 5, "source": "synthetic", "rows": 2000}
    project = of("ratings", ratings)
    plug_in, code = "autoloss/datasets/movielens.py", "[text if text.isascii()"
    _repro(project)
    before, cells = _encoded(project, "ratings"), project.plan()
    project.edit(plug_in, f"return {code}", f"# why\n        return {code}")
    assert "autoloss data prepare" in _repro(project) and _encoded(project, "ratings") == before
    project.edit(plug_in, code, code.replace("[text", "[str(text)"))  # other code, which gives the same arrays
    _repro(project)
    assert _encoded(project, "ratings") == {**before, "request": ANY, "seal": ANY} and project.plan() == cells
    assert _encoded(project, "ratings")["request"] != before["request"]
    project.edit(plug_in, code.replace("[text", "[str(text)"), code.replace("[text", "[text[:1]"))
    _repro(project)
    assert _encoded(project, "ratings")["sha256"] != before["sha256"]
