"""The same checks before a commit, in `make check` and before the tests."""

import os
import shutil
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]


def _prerequisites(target: str) -> list[str]:
    (line,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(f"{target}:")]
    return line.split("##")[0].partition(":")[2].split()


def test_the_hooks_run_what_make_check_runs():
    assert [hook["entry"] for repo in HOOKS for hook in repo["hooks"]] == [f"make {t}" for t in _prerequisites("check")]


def test_no_hook_is_downloaded():
    assert [repo["repo"] for repo in HOOKS] == ["local"]


def test_the_checks_come_before_the_tests():
    assert _prerequisites("test") == ["check"]


def test_a_folder_without_git_says_what_to_do(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    done = subprocess.run(["make", "repro"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode and "is not a git repository (a zip download?)" in done.stdout and "git init" in done.stdout
