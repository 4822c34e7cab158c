import os
import subprocess
import sys

import pytest

from autoloss.errors import UserError
from autoloss.files import Journal, Locked, lock, read_json, write_json

HOLD = "import sys, time; from pathlib import Path; from autoloss.files import lock\nwith lock(Path(sys.argv[1])): print(1, flush=True); time.sleep(60)"  # fmt: skip  # noqa: E501


@pytest.fixture
def holder(tmp_path):
    """A process that holds tmp_path/lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()


def test_a_lock_excludes_other_processes_and_ends_with_a_killed_one(holder, tmp_path):
    with pytest.raises(Locked), lock(tmp_path / "lock", wait=False):
        pass
    holder.kill()
    holder.wait()
    with lock(tmp_path / "lock", wait=False):
        assert (tmp_path / "lock").exists()


def test_a_child_that_inherits_the_descriptor_keeps_the_lock(tmp_path):
    with lock(tmp_path / "lock") as held:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(held,))
    with pytest.raises(Locked), lock(tmp_path / "lock", wait=False):
        pass
    child.communicate(b"\n")
    with lock(tmp_path / "lock", wait=False):
        pass


def test_waiting_is_announced_once_and_only_if_there_is_something_to_wait_for(holder, tmp_path):
    said = []

    def waiting():
        said.append("waiting")
        holder.kill()

    with lock(tmp_path / "lock", waiting=waiting):
        pass
    with lock(tmp_path / "lock", waiting=waiting):
        pass
    assert said == ["waiting"]


def test_a_lock_that_cannot_be_created_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot create the lock file"), lock(tmp_path / "file" / "lock"):
        pass


def test_json_is_replaced_whole_or_not_at_all(tmp_path):
    write_json(tmp_path / "new" / "a.json", {"a": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "new" / "a.json", {"a": object()})
    assert read_json(tmp_path / "new" / "a.json") == {"a": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"", "not valid JSON"),
        (b'{"a": 1', "not valid JSON"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b"[1]", "expected a JSON object, found list"),
    ],
)
def test_what_is_no_json_object_is_one_line_that_names_the_file(tmp_path, content, message):
    if content is not None:
        (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(UserError, match=f"a.json: {message}"):
        read_json(tmp_path / "a.json")


def test_a_journal_returns_what_was_added(tmp_path):
    journal = Journal(tmp_path / "a" / "trials.jsonl")
    for number in range(3):
        journal.add({"number": number, "value": 0.1 * number, "error": None})
    assert journal.records == Journal(journal.path).records
    assert [record["number"] for record in journal.records] == [0, 1, 2]


def test_a_journal_drops_a_line_that_was_cut_off_and_goes_on_after_the_last_whole_one(tmp_path):
    journal = Journal(tmp_path / "trials.jsonl")
    journal.add({"number": 0})
    whole = journal.path.stat().st_size
    journal.add({"number": 1})
    for size in range(whole, journal.path.stat().st_size):
        os.truncate(journal.path, size)
        again = Journal(journal.path)
        assert again.records == [{"number": 0}]
        again.add({"number": 1})
        assert Journal(journal.path).records == [{"number": 0}, {"number": 1}]


def test_a_changed_byte_never_changes_a_record(tmp_path):
    journal = Journal(tmp_path / "trials.jsonl")
    for number in range(3):
        journal.add({"number": number, "value": 0.123456})
    data = journal.path.read_bytes()
    for position in range(len(data)):
        journal.path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        found = Journal(journal.path).records
        assert found == journal.records[: len(found)]
