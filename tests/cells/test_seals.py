"""Whatever happens to a sealed folder is noticed; what is remembered of the last check cannot hide it."""

import json
import os

import pytest

from autoloss import seals
from autoloss.errors import UserError


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "sealed"
    made.mkdir()
    (made / "about.json").write_text('{"id": "x", "value": 0.5, "none": NaN}')
    (made / "numbers.bin").write_bytes(bytes(range(256)))
    (made / "empty.txt").touch()
    seals.seal(made, "about.json")
    return made


def _edit(file):
    file.write_bytes(file.read_bytes()[:-1] + b"?")


def _keep_times(file):
    stat = file.stat()
    _edit(file)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _change_a_number(file):
    content = json.loads((file.parent / "about.json").read_text())
    (file.parent / "about.json").write_text(json.dumps({**content, "value": 0.6}))


def _change_a_hash(file):
    content = json.loads((file.parent / "about.json").read_text())
    content["seal"]["files"]["numbers.bin"] = "0" * 64
    (file.parent / "about.json").write_text(json.dumps(content))


def _drop_the_seal(file):
    content = json.loads((file.parent / "about.json").read_text())
    del content["seal"]
    (file.parent / "about.json").write_text(json.dumps(content))


DAMAGES = {
    "edited": _edit,
    "edited, times kept": _keep_times,
    "emptied": lambda file: file.write_bytes(b""),
    "truncated": lambda file: os.truncate(file, 100),
    "removed": lambda file: file.unlink(),
    "replaced by a folder": lambda file: (file.unlink(), file.mkdir()),
    "a number of the description": _change_a_number,
    "a hash of the seal": _change_a_hash,
    "the seal": _drop_the_seal,
    "the description": lambda file: (file.parent / "about.json").write_bytes(b"\xff{"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_every_damage_is_noticed_and_named(folder, tmp_path, damage):
    memory = tmp_path / "memory" / "sealed.json"
    seals.check_changed(folder, "about.json", memory)
    damage(folder / "numbers.bin")
    for check in (lambda: seals.check(folder, "about.json"), lambda: seals.check_changed(folder, "about.json", memory)):
        with pytest.raises(UserError) as told:
            check()
        assert str(folder) in str(told.value) and "\n" not in str(told.value)


def test_what_was_checked_is_not_read_again_until_it_changes(folder, tmp_path, monkeypatch):
    memory = tmp_path / "memory.json"
    seals.check_changed(folder, "about.json", memory)
    monkeypatch.setattr(seals, "_hash", lambda file: pytest.fail(f"read {file}"))
    seals.check_changed(folder, "about.json", memory)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"numbers.bin": 3}'])
def test_a_damaged_memory_only_costs_time(folder, tmp_path, content):
    memory = tmp_path / "memory.json"
    memory.write_bytes(content)
    seals.check_changed(folder, "about.json", memory)
    _edit(folder / "numbers.bin")
    with pytest.raises(UserError, match=r"numbers\.bin: differs from its seal"):
        seals.check_changed(folder, "about.json", memory)


def test_a_file_that_the_seal_does_not_know_is_no_damage(folder):
    (folder / "note.txt").write_text("mine")
    seals.check(folder, "about.json")
    assert "note.txt" not in seals.sealed_files(folder, "about.json")
