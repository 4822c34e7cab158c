"""Two clones and one remote: each trains a part, their results are merged, and nothing is trained twice."""

import shutil
import subprocess
import sys
from copy import copy

import pytest

from autoloss.cli.checks import MERGE

NAMED = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def _run(project, *command, fails=False):
    done = subprocess.run(
        command, cwd=project.root, env=project.environment | NAMED, capture_output=True, text=True, timeout=300
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout


def _dvc(project, *arguments, fails=False):
    return _run(project, sys.executable, "-m", "dvc", *arguments, fails=fails)


def _finish_with(project, kept, message):
    """Leaves the clone with the cells that it `kept`, committed and pushed."""
    for place in ("cells", "archive"):
        for cell in (project.root / "results" / place).iterdir():
            if cell.name not in kept:
                shutil.rmtree(cell)
    _dvc(project, "commit", "-q", "-f", "quality", "timing")
    _dvc(project, "push", "-q", "quality", "timing")
    _run(project, "git", "add", "-A")
    _run(project, "git", "commit", "-q", "-m", message)


@pytest.fixture
def clones(trained, tmp_path):
    """Two clones that have trained half of the cells each, and a remote that has both halves."""
    (trained.root / ".gitignore").write_text("/data/\n/results/\n/logs/\n/reports/\n__pycache__/\n")
    _run(trained, "git", "init", "-q")
    _dvc(trained, "init", "-q")
    _dvc(trained, "remote", "add", "-q", "-d", "store", str(tmp_path / "store"))
    _run(trained, "git", "add", "-A")
    _run(trained, "git", "commit", "-q", "-m", "start")
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
    _run(mine, "git", "pull", "-q", "--no-rebase", str(theirs.root), "HEAD", fails=True)
    assert "<<<<<<<" in (mine.root / "dvc.lock").read_text()
    shutil.rmtree(mine.root / ".dvc" / "cache")  # what it lacks must come from the remote
    assert "6 of 6 cells are there, 0 to train" in _run(mine, "sh", "-c", MERGE)
    assert mine.missing() == []
