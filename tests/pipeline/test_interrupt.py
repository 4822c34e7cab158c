"""Ctrl-C and killed jobs: nothing is lost, nothing is left running, and a line says what to do."""

import os
import signal
import time

import psutil
import pytest


def _wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def _processes(root):
    """The processes that work in a project."""
    found = []
    for process in psutil.process_iter(["cwd"]):
        if process.info["cwd"] == str(root):
            found.append(process)
    return found


def _training(root):
    return [f for f in (root / "logs" / "cells").glob("*.log") if " on cpu with " in f.read_text()]


@pytest.fixture
def longer(project, tiny):
    """Cells that train for some seconds."""
    tiny["training"]["paper"] |= {"epochs": 300, "patience": 1000}
    tiny["seeds"] = 1
    project.params(tiny)
    project.autoloss("data", "prepare", "ratings")
    project.autoloss("data", "prepare", "clicks")
    return project


def test_one_ctrl_c_ends_all_jobs_and_says_how_to_go_on(longer):
    process = longer.start("run", "quality")
    _wait_for(lambda: _training(longer.root))
    time.sleep(2)
    os.kill(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "each job ends at its next step" in printed and "the same command goes on" in printed
    assert "Traceback" not in printed
    assert all("Traceback" not in log.read_text() for log in (longer.root / "logs").rglob("*.log"))
    assert _processes(longer.root) == []
    assert {row["state"] for row in longer.plan()} <= {"done", "missing"}  # an interrupted cell has not failed
    assert all("interrupted" in log.read_text() for log in _training(longer.root))


def test_a_second_ctrl_c_ends_all_at_once(longer):
    process = longer.start("run", "quality")
    _wait_for(lambda: _training(longer.root))
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=10)
    assert process.returncode in (130, -signal.SIGINT) and "Traceback" not in printed  # the latter while it exits
    _wait_for(lambda: _processes(longer.root) == [], 10)


def test_a_killed_job_fails_the_stage_which_names_the_cell_and_makes_the_report(longer, tiny):
    tiny["experiments"]["overall"]["methods"] = ["ce"]
    tiny["training"]["paper"]["epochs"] = 2000
    longer.params(tiny)
    process = longer.start("run", "quality")
    _wait_for(lambda: _training(longer.root))
    for job in _processes(longer.root):
        if "train" in job.cmdline():
            job.kill()
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    cell = longer.plan()[0]["cell"]
    assert f"missing: {cell}" in printed and "1 cells of quality are missing" in printed
    assert (longer.root / "reports" / "index.html").exists()
    assert "Traceback" not in printed
