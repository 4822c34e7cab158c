"""Two clones and one remote: each trains a part, their results are merged, and nothing is trained twice."""

import hashlib
import re
import shutil
from copy import copy
from pathlib import Path

import pytest

from autoloss.cli.checks import MERGE

PAGE = Path(__file__).parent.parent.parent / "docs" / "troubleshooting.md"
COMMAND = re.compile(r"^for cell in .*$", re.MULTILINE)


def _finish_with(project, kept, message):
    """Leaves the clone with the cells that it `kept`, committed and pushed."""
    for place in ("cells", "archive"):
        for cell in (project.root / "results" / place).iterdir():
            if cell.name not in kept:
                shutil.rmtree(cell)
    project.dvc("commit", "-q", "-f", "quality", "timing")
    project.dvc("push", "-q", "quality", "timing")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-q", "-m", message)


@pytest.fixture
def clones(trained, tmp_path):
    """Two clones that have trained half of the cells each, and a remote that has both halves."""
    trained.repository()
    trained.dvc("remote", "add", "-q", "-d", "store", str(tmp_path / "store"))
    trained.run("git", "commit", "-q", "-am", "remote")
    trained.autoloss("run", "quality")  # fills the archive
    trained.autoloss("hardware")
    other = copy(trained)
    other.root = tmp_path / "other"
    shutil.copytree(trained.root, other.root, symlinks=True)
    cells = sorted(cell.name for cell in (trained.root / "results" / "cells").iterdir())
    _finish_with(trained, cells[:3], "mine")
    _finish_with(other, cells[3:], "theirs")
    return trained, other


def test_cells_trained_on_both_are_merged_without_training_again(clones):
    mine, theirs = clones
    assert len(mine.missing()) == len(theirs.missing()) == 3
    mine.run("git", "pull", "-q", "--no-rebase", str(theirs.root), "HEAD", fails=True)
    assert "<<<<<<<" in (mine.root / "dvc.lock").read_text()
    shutil.rmtree(mine.root / ".dvc" / "cache")  # what it lacks must come from the remote
    assert "6 of 6 cells are there, 0 to train" in mine.run("sh", "-c", MERGE)
    assert mine.missing() == []


def test_what_an_incomplete_remote_does_have_is_used(clones, tmp_path):
    mine, _ = clones
    cell = min((mine.root / "results" / "cells").iterdir())
    lost = hashlib.md5((cell / "metrics.json").read_bytes()).hexdigest()
    next((tmp_path / "store").rglob(lost[2:])).unlink()
    fresh = copy(mine)
    fresh.root = tmp_path / "fresh"
    mine.run("git", "clone", "-q", str(mine.root), str(fresh.root))
    fresh.prepare()
    fresh.dvc("pull", "quality", fails=True)
    fresh.run("sh", "-c", f"{COMMAND.search(PAGE.read_text())[0]}; true")  # it complains of the cell that is incomplete
    assert len(fresh.missing()) == 4  # that one, and the three that were never pushed
