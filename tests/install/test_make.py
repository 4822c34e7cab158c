"""The Makefile: every target is a command that the shell can read."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = re.findall(r"^([a-z][a-z-]*)(?: [a-z-]+)*:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_the_commands_of_a_target_are_valid_shell(target):
    printed = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.strip()
    read = subprocess.run(["sh", "-n"], input=printed, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr


def test_the_targets_of_the_readme_are_there():
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)\b", (ROOT / "README.md").read_text()))
    assert {"repro", "test", "ui"} <= named <= set(TARGETS)


@pytest.mark.parametrize(
    ("status", "uri", "started"),
    [
        (0, None, "sqlite:///mlflow.db"),
        (0, "sqlite:////a folder/mlflow.db", "sqlite:////a folder/mlflow.db"),
        (3, None, "sqlite:///mlflow.db"),  # cells that cannot be read
        (1, None, None),  # the store failed
        (0, "http://server:5000", None),
        (3, "http://server:5000", None),
    ],
)
def test_mlflow_starts_unless_the_store_failed_or_is_a_server(tmp_path, status, uri, started):
    make = ["make", "--no-print-directory", "-n", "ui"]
    printed = subprocess.run(make, cwd=ROOT, env=_outside(), capture_output=True, text=True, check=True).stdout
    stubs = {"python3": f"echo {tmp_path}/python", "python": f"exit {status}", "mlflow": 'printf "%s\\n" "$@"'}
    for name, command in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{command}\n")
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"} | ({"MLFLOW_TRACKING_URI": uri} if uri else {})
    done = subprocess.run(["sh"], input=printed, env=environment, capture_output=True, text=True)
    assert (done.stdout.splitlines()[-1:] or [None]) == [started], done.stderr
    assert (done.returncode == 0) == (status != 1)


def _outside() -> dict[str, str]:
    """The environment without what the make that runs the tests adds."""
    return {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}


def test_bytecode_is_written_whatever_the_environment_says():
    shown = ["make", "--no-print-directory", "--eval", "show:\n\t@echo [$$PYTHONDONTWRITEBYTECODE]", "show"]
    environment = _outside() | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(shown, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
