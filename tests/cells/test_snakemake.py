"""Snakemake, a stand-in here, never outlives the command that watches it, unless that is killed."""

import os
import signal

import pytest
from rich.console import Console

from autoloss.cells import snakemake
from autoloss.errors import Interrupted, UserError

STAND_IN = """
import pathlib, signal, subprocess
job = subprocess.Popen(["sleep", "60"])
def stop(*_):
    job.wait()  # has got the signal, too
    pathlib.Path("stopped").touch()
    raise SystemExit(1)
signal.signal(signal.SIGINT, stop)
signal.alarm(60)  # where it is not stopped
pathlib.Path("job").write_text(str(job.pid))
signal.pause()
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "snakemake.py").write_text(STAND_IN)  # python -m looks here first
    # As in a command, which handles Ctrl-C: in the background it would be ignored, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield tmp_path
    signal.signal(signal.SIGINT, before)


def _ended_by(error, project, monkeypatch):
    """Raises an error as soon as a job runs; the stage must end by it, and the job with it."""

    def look(_):
        if (project / "job").is_file():
            raise error

    monkeypatch.setattr(snakemake.Announcer, "look", look)
    with pytest.raises(type(error)):
        snakemake.run("quality", [], project, os.open(project, os.O_RDONLY), Console(quiet=True))
    with pytest.raises(ProcessLookupError):
        os.kill(int((project / "job").read_text()), 0)


@pytest.mark.parametrize("error", [Interrupted(), SystemExit(1), UserError("a cell is unreadable"), KeyError("bug")])
def test_whatever_ends_the_watch_ends_the_jobs(error, project, monkeypatch):
    _ended_by(error, project, monkeypatch)
    assert (project / "stopped").is_file(), "not asked to end, but killed"


def test_jobs_end_although_nobody_reads_that_they_are_stopping(project, monkeypatch):
    monkeypatch.setattr(Console, "print", lambda *_: (_ for _ in ()).throw(SystemExit(1)))  # as rich does
    _ended_by(Interrupted(), project, monkeypatch)


def test_an_interrupt_when_all_has_just_ended_is_only_that(project, monkeypatch):
    (project / "snakemake.py").write_text("")
    monkeypatch.setattr(snakemake.subprocess.Popen, "poll", lambda process: process.wait())
    monkeypatch.setattr(snakemake.Announcer, "look", lambda _: (_ for _ in ()).throw(Interrupted()))
    with pytest.raises(Interrupted, match="0 of 0 cells are left"):
        snakemake.run("quality", [], project, os.open(project, os.O_RDONLY), Console(quiet=True))
