"""The archive has every finished cell, and gives it back; nothing that is not the product's own is removed."""

import shutil
from pathlib import Path

import pytest

from autoloss import cells
from autoloss.cells import archive, inspect, prune

HERE = "hw-1"


@pytest.fixture
def settled(plan, tmp_path):
    assert list(archive.settle(plan.cells, tmp_path)) == []
    return plan


def _states(plan, root):
    return {cells.state(cell, root) for cell in plan.cells}


def test_every_finished_cell_is_archived_without_a_second_copy(settled, tmp_path):
    for cell in settled.cells:
        for file in cell.folder(tmp_path).iterdir():
            assert file.samefile(archive.of(tmp_path) / cell.id / file.name)


LOSSES = {
    "all cells": lambda view, cell: shutil.rmtree(view),
    "a cell": lambda view, cell: shutil.rmtree(view / cell),
    "a file": lambda view, cell: (view / cell / "metrics.json").unlink(),
    "what was in a file": lambda view, cell: _replace(view / cell / "metrics.json"),
    "a cell, a file in its place": lambda view, cell: (shutil.rmtree(view / cell), (view / cell).write_text("")),
}


def _replace(file):
    file.unlink()
    file.write_text("{}")


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_what_the_view_loses_comes_back(settled, tmp_path, lose):
    lose(tmp_path / "results" / "cells", settled.cells[0].id)
    lines = list(archive.settle(settled.cells, tmp_path))
    assert lines[-1].endswith("restored from results/archive")
    assert _states(settled, tmp_path) == {"done"}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_what_the_archive_loses_comes_back(settled, tmp_path, lose):
    lose(archive.of(tmp_path), settled.cells[0].id)
    list(archive.settle(settled.cells, tmp_path))
    for cell in settled.cells:
        there = {file.name: file.stat().st_ino for file in (archive.of(tmp_path) / cell.id).iterdir()}
        assert there == {file.name: file.stat().st_ino for file in cell.folder(tmp_path).iterdir()}
    assert list(archive.settle(settled.cells, tmp_path)) == []


def test_a_damaged_copy_in_the_archive_is_set_aside_and_one_that_lacks_a_file_is_only_completed(settled, tmp_path):
    hurt, less = (archive.of(tmp_path) / cell.id for cell in settled.cells[:2])
    _replace(hurt / "metrics.json")
    (less / "history.jsonl").unlink()
    (line,) = archive.settle(settled.cells, tmp_path)
    assert line.startswith(f"damaged: {hurt}/metrics.json: differs from its seal")
    assert [folder.name for folder in (tmp_path / "results" / "damaged").iterdir()] == [hurt.name]


def test_a_cell_that_leaves_the_view_is_kept_although_its_copy_lacks_a_file(settled, tmp_path):
    cell = settled.cells[0]
    (archive.of(tmp_path) / cell.id / "history.jsonl").unlink()
    assert list(archive.clear(cells.Plan(settled.cells[1:], {}), HERE, tmp_path)) == []
    assert (archive.of(tmp_path) / cell.id / "history.jsonl").is_file() and not cell.folder(tmp_path).exists()


def test_copies_that_are_as_at_the_last_check_are_not_read_again(settled, tmp_path, monkeypatch):
    """Where the file system has no hard links, or DVC has replaced the view."""
    kept = archive.of(tmp_path)
    shutil.copytree(kept, tmp_path / "copies")
    shutil.rmtree(kept)
    (tmp_path / "copies").rename(kept)
    assert list(archive.settle(settled.cells, tmp_path)) == []
    monkeypatch.setattr("autoloss.seals.check", lambda *_: pytest.fail("read again"))
    assert list(archive.settle(settled.cells, tmp_path)) == []


@pytest.mark.parametrize("lost", [["metrics.json"], ["metrics.json", "history.jsonl"]])
def test_a_view_that_only_lacks_files_is_completed_and_not_called_damaged(settled, tmp_path, lost):
    for name in lost:
        (settled.cells[0].folder(tmp_path) / name).unlink()
    lines = list(archive.settle(settled.cells, tmp_path))
    assert lines == ["1 of 4 cells restored from results/archive"]
    assert not (tmp_path / "results" / "damaged").exists()


def test_a_cell_damaged_in_both_is_set_aside_and_missing(settled, tmp_path):
    cell = settled.cells[0]
    with (cell.folder(tmp_path) / "metrics.json").open("r+b") as file:
        file.truncate(10)  # in place: the archive has the same file
    lines = list(archive.settle(settled.cells, tmp_path))
    assert [line.partition(": ")[0] for line in lines] == ["damaged", "damaged"]
    assert all("metrics.json: differs from its seal" in line for line in lines)
    assert cells.state(cell, tmp_path) == "missing"
    kept = sorted(folder.name for folder in (tmp_path / "results" / "damaged").iterdir())
    assert kept == [cell.id, f"{cell.id}.2"]


def test_cells_behind_links_are_archived_as_files(plan, tmp_path):
    """DVC's cache type symlink."""
    folder = plan.cells[0].folder(tmp_path)
    cache = tmp_path / "cache"
    shutil.move(folder, cache)
    folder.mkdir()
    for file in cache.iterdir():
        (folder / file.name).symlink_to(file)
    assert list(archive.settle(plan.cells, tmp_path)) == []
    assert not any(file.is_symlink() for file in (archive.of(tmp_path) / folder.name).iterdir())


def test_a_cell_that_another_process_trains_is_left_alone(settled, tmp_path):
    cell = settled.cells[0]
    shutil.rmtree(cell.folder(tmp_path))
    with archive.alone(tmp_path, cell.id):
        assert list(archive.settle(settled.cells, tmp_path)) == []
        assert cells.state(cell, tmp_path) == "missing"
    assert list(archive.settle(settled.cells, tmp_path)) == ["1 of 4 cells restored from results/archive"]


@pytest.fixture
def vanishing(tmp_path, monkeypatch):
    """An empty folder in the view, as Snakemake makes them, that another process removes after the first look at it."""
    folder = tmp_path / "results" / "cells" / "vanishing"
    folder.mkdir(parents=True)
    there = Path.is_dir

    def looked_at(path):
        found = there(path)
        if path == folder and found:
            folder.rmdir()
        return found

    monkeypatch.setattr(Path, "is_dir", looked_at)
    return folder


def test_a_folder_that_another_process_removes_at_this_moment_is_empty(vanishing, plan, tmp_path):
    assert archive.is_empty(vanishing)
    assert vanishing not in inspect.folders(tmp_path)
    assert list(archive.clear(plan, HERE, tmp_path)) == []


def test_an_empty_folder_that_another_process_fills_at_this_moment_stays(plan, tmp_path, monkeypatch):
    folder = tmp_path / "results" / "cells" / "filling"
    folder.mkdir()
    remove = Path.rmdir

    def filled(path):
        (path / "cell.json").write_text("{}")
        remove(path)

    monkeypatch.setattr(Path, "rmdir", filled)
    assert list(archive.clear(plan, HERE, tmp_path)) == []
    assert (folder / "cell.json").is_file()


FOREIGN = [
    "results/notes.txt",
    "results/cells/notes.txt",
    "results/cells/mine/notes.txt",
    "results/cells/{planned}/notes.txt",
    "results/cells/{other}/notes.txt",
    "results/archive/notes.txt",
    "results/archive/{other}/notes.txt",
    "results/failed/notes.json",
    "results/timing/hw-1/mine/notes.txt",
    "results/damaged/notes.txt",
]


@pytest.mark.parametrize("place", FOREIGN)
@pytest.mark.parametrize("hurt", [False, True], ids=["intact", "damaged"])
def test_a_file_of_the_users_is_never_removed(settled, tmp_path, place, hurt):
    planned, other = settled.cells[:2]
    mine = tmp_path / place.format(planned=planned.id, other=other.id)
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text('{"id": "precious"}')
    if hurt:
        for cell in (planned, other):
            (cell.folder(tmp_path) / "metrics.json").write_text("{}")
    less = cells.Plan((planned,), {})
    for step in (archive.settle(settled.cells, tmp_path), archive.clear(less, HERE, tmp_path)):
        list(step)
    kept = prune.Kept(frozenset({planned.id}), frozenset({HERE}), {})
    list(prune.prune(prune.divided(kept, tmp_path)[1], tmp_path))
    assert '{"id": "precious"}' in {f.read_text() for f in tmp_path.rglob("notes.*")}
