"""Ctrl-C and killed jobs: nothing is lost, nothing is left running, and a line says what to do."""

import fcntl
import os
import pty
import signal
import subprocess
import termios
import time

import psutil
import pytest

from autoloss.training.pace import PACE


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


def _in_a_terminal(project, *command):
    """Starts a command as its shell would: returns it and the terminal's other end, which closes it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=project.root, env=project.environment, start_new_session=True,
        stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    return process, ours


def test_a_terminal_that_is_closed_ends_all_jobs_with_checkpoints(longer):
    process, terminal = _in_a_terminal(longer, *longer.command("run", "quality"))
    _wait_for(lambda: list(longer.root.glob(f"results/scratch/*/{PACE}")))
    in_training = [pace.parent.name for pace in longer.root.glob(f"results/scratch/*/{PACE}")]
    os.close(terminal)
    process.send_signal(signal.SIGHUP)  # the kernel has sent one, and the shell sends another
    process.wait(60)
    assert _processes(longer.root) == []
    for cell in in_training:
        assert ", with a checkpoint" in (longer.root / "logs" / "cells" / f"{cell}.log").read_text()
    assert all("Traceback" not in log.read_text() for log in (longer.root / "logs").rglob("*.log"))


def test_under_nohup_it_outlives_its_terminal(longer, tiny):
    tiny["experiments"]["overall"]["methods"] = ["ce"]
    tiny["training"]["paper"]["epochs"] = 30
    longer.params(tiny)
    process, terminal = _in_a_terminal(longer, "nohup", *longer.command("run", "quality"))
    _wait_for(lambda: _training(longer.root))
    os.close(terminal)
    for job in _processes(longer.root):
        job.send_signal(signal.SIGHUP)
    assert process.wait(120) == 0
    assert [row["state"] for row in longer.plan()] == ["done"]


def test_a_second_ctrl_c_ends_all_at_once(longer):
    process = longer.start("run", "quality")
    _wait_for(lambda: _training(longer.root))
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=10)
    assert process.returncode in (130, -signal.SIGINT) and "Traceback" not in printed  # the latter while it exits
    _wait_for(lambda: _processes(longer.root) == [], 10)


def test_a_reader_that_goes_away_leaves_no_job_behind(longer):
    process = longer.start("run", "quality")  # | head -1
    assert "0 of 3 cells are there" in process.stdout.readline()
    process.stdout.close()
    assert process.wait(120) == 1
    assert _processes(longer.root) == []
    assert any(row["state"] != "done" for row in longer.plan()), "all was trained before it was noticed"


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
