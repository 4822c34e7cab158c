"""The same checks before a commit, in `make check` and before the tests."""

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
