"""A full disk: one line for the user, and logs that cost nothing but themselves."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from autoloss import disk
from autoloss.disk import Log

FULL = OSError(errno.ENOSPC, "No space left on device", "results/x.npy")


@pytest.mark.parametrize("error", [FULL, OSError("No space left on device (os error 28)"), OSError(errno.EDQUOT, "q")])
def test_a_full_disk_is_known_whoever_says_it(error):
    assert disk.is_full(error)
    assert "the disk is full" in disk.in_one_line(error) and "\n" not in disk.in_one_line(error)


def test_the_line_names_the_file_and_a_bug_stays_a_traceback():
    assert disk.in_one_line(FULL).startswith("results/x.npy: the disk is full (")
    assert disk.in_one_line(PermissionError(errno.EACCES, "Permission denied", "a")) == "a: Permission denied"
    assert disk.in_one_line(FileNotFoundError(errno.ENOENT, "No such file or directory", "a")) is None


def test_a_log_that_cannot_be_written_costs_its_lines_only(tmp_path):
    with Log(Path("/dev/full")) as log:  # every write fails
        print("lost", file=log, flush=True)
    with Log(Path("/dev/null/log")) as log:  # it cannot be opened
        print("lost", file=log, flush=True)
        subprocess.run([sys.executable, "-c", "print('lost')"], stdout=log, check=True)


def test_a_log_takes_text_and_what_a_child_process_says(tmp_path):
    with Log(tmp_path / "logs" / "log") as log:
        print("kept\udc80", file=log)
        subprocess.run([sys.executable, "-c", "print('too')"], stdout=log, check=True)
    assert (tmp_path / "logs" / "log").read_text() == "kept\\udc80\ntoo\n"


def test_a_log_is_begun_anew_or_appended_to(tmp_path):
    for mode, text in (("a", "one\n"), ("a", "one\ntwo\n"), ("w", "three\n")):
        with Log(tmp_path / "log", mode) as log:
            print(text.split()[-1], file=log)
        assert (tmp_path / "log").read_text() == text
