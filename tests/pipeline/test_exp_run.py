"""`dvc exp run -S`: what is set is what trains, and nothing else changes."""

import subprocess
import sys

import pytest


@pytest.fixture
def repository(trained):
    """The trained project as a git repository with DVC, and a value that depends on the scale."""
    trained.edit("params.yaml", "    warmup: 2\n", "    warmup: {demo: 2, small: 20, full: 200}\n")
    (trained.root / ".gitignore").write_text("/data/\n/results/\n/logs/\n/reports/\n__pycache__/\n")
    _run(trained, "git", "init", "-q")
    _dvc(trained, "init", "-q")
    _run(trained, "git", "add", "-A")
    _run(trained, "git", "commit", "-q", "-m", "start")
    assert trained.missing() == []
    return trained


def _run(project, *command):
    named = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        command, cwd=project.root, env=project.environment | named, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _dvc(project, *arguments):
    return _run(project, sys.executable, "-m", "dvc", *arguments)


def test_a_set_parameter_retrains_its_method_alone_and_changes_one_line(repository):
    _dvc(repository, "exp", "run", "-q", "-S", "methods.autoloss.warmup=10", "data")

    diff = _run(repository, "git", "diff", "-U0", "params.yaml").splitlines()
    changed = [line for line in diff if line[0] in "+-" and not line.startswith(("+++", "---"))]
    assert changed == ["-    warmup: {demo: 2, small: 20, full: 200}", "+    warmup: 10"]
    assert repository.missing() == ["autoloss 0", "autoloss 1"]
    assert {row["reason"] for row in repository.plan() if row["reason"]} == {"method.params.warmup: 2 → 10"}
    shown = [line.split() for line in _dvc(repository, "params", "diff").splitlines()[1:]]
    assert [line[1:] for line in shown] == [
        ["methods.autoloss.warmup", "-", "10"],
        ["methods.autoloss.warmup.demo", "2", "-"],
        ["methods.autoloss.warmup.full", "200", "-"],
        ["methods.autoloss.warmup.small", "20", "-"],
    ]
    columns = _dvc(repository, "exp", "show", "--only-changed", "--csv").splitlines()[0].split(",")
    assert {name for name in columns if name.startswith("methods.")} == {line[1] for line in shown}
