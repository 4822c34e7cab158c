"""A cell that cannot fit is refused before it starts, with what would make it fit."""

import shutil
from collections import namedtuple
from dataclasses import replace

import pytest
from fake_records import SPEC

from autoloss.cells import room
from autoloss.cells.cell import Cell
from autoloss.errors import UserError

GB = 10**9


@pytest.fixture
def cell():
    """Of a table of 10 million values of size 16."""
    data = replace(SPEC.data, field_sizes=(10_000_000,), field_names=("f",))
    spec = replace(SPEC, data=data, model=replace(SPEC.model, params={"dim": 15, "mlp": [8]}))
    return Cell("train", "demo", "a", "deepfm", "ce", "paper", 0, spec)


@pytest.fixture
def machine(tmp_path):
    """A machine with 3 GB of available memory, and a control group."""

    def make(limit="max", anon=0):
        group = tmp_path / "sys/fs/cgroup/user/job"
        for folder in (tmp_path / "proc/self", group):
            folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / "proc/meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable: 3000000 kB\n")
        (tmp_path / "proc/self/cgroup").write_text("0::/user/job\n")
        (group / "memory.max").write_text(f"{limit}\n")
        (group / "memory.stat").write_text(f"anon {anon}\nfile 5000000000\n")
        return tmp_path

    return make


def test_available_is_what_the_kernel_and_the_control_group_leave(machine, tmp_path):
    assert room.available_memory(machine()) == 3_072_000_000
    assert room.available_memory(machine(limit=4 * GB, anon=3 * GB)) == GB
    assert room.available_memory(machine(limit=90 * GB)) == 3_072_000_000
    assert room.available_memory(tmp_path / "not linux") is None


def test_a_cell_that_needs_more_memory_than_there_is_is_refused(cell, machine, tmp_path):
    need = room.bytes_of_job(cell.spec)
    assert 5 * 0.64 * GB < need < 5 * 0.64 * GB + 0.5 * GB, "five copies of the tables"
    with pytest.raises(UserError, match=r"needs about 3.6 GB of memory, 3.1 GB are free: expected fewer jobs"):
        room.check(cell, tmp_path, "cpu", machine())
    room.check(cell, tmp_path, "cuda", machine())
    smaller = replace(cell, spec=replace(cell.spec, model=replace(cell.spec.model, params={"dim": 1})))
    room.check(smaller, tmp_path, "cpu", machine())


def test_a_cell_that_needs_more_disk_than_there_is_is_refused(cell, machine, tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(GB))
    with pytest.raises(UserError, match=r"needs about 5.1 GB of disk, 1.0 GB are free in "):
        room.check(cell, tmp_path, "cuda", machine())


def test_a_method_that_looks_ahead_needs_more(cell):
    ahead = replace(cell.spec, method=replace(cell.spec.method, use="autoloss"))
    assert room.bytes_of_job(ahead) - room.bytes_of_job(cell.spec) == pytest.approx(3 * 0.64 * GB, rel=0.01)
