"""Processes that share a list of cells."""

from dataclasses import replace

import pytest

from autoloss.cells import archive, run
from autoloss.cells.running import in_turn, is_running
from autoloss.errors import Interrupted


def test_a_cell_that_another_process_trains_comes_last(plan, tmp_path):
    first, *others = plan.cells
    with archive.alone(tmp_path, first.id):
        assert is_running(first, tmp_path)
        assert list(in_turn(list(plan.cells), tmp_path)) == [*others, first]
    assert not is_running(first, tmp_path)
    assert list(in_turn(list(plan.cells), tmp_path)) == list(plan.cells)


def test_a_cell_that_has_become_free_is_not_put_off_any_longer(plan, tmp_path):
    first, second, third, *others = plan.cells
    with archive.alone(tmp_path, first.id):
        turn = in_turn(list(plan.cells), tmp_path)
        assert next(turn) == second
    assert list(turn) == [first, third, *others]


def test_a_cell_comes_after_what_it_builds_on_in_whatever_order_and_whoever_trains_that(plan, tmp_path):
    source = plan.cells[0]
    cell = replace(plan.cells[1], upstream={"controller": source})
    assert list(in_turn([cell, source], tmp_path)) == [source, cell]
    with archive.alone(tmp_path, source.id):
        assert list(in_turn([cell, source], tmp_path)) == [source, cell]


def test_whoever_waited_for_a_cell_leaves_the_log_of_its_training(plan, tmp_path):
    cell = plan.cells[0]
    log = tmp_path / "logs" / "cells" / f"{cell.id}.log"
    log.parent.mkdir(parents=True)
    log.write_text("step 100 of at most 200\n")
    assert run.run([cell], tmp_path, "cpu", 1) == []
    first, separating, last = log.read_text().splitlines()
    assert (first, last) == ("step 100 of at most 200", f"done: {cell.folder(tmp_path)}")
    assert separating.startswith("---- ")


def test_a_run_that_goes_on_keeps_the_log_before_its_interruption(plan, tmp_path, monkeypatch):
    cell = replace(plan.cells[0], seed=99)

    def stop(*_):
        print("a step")
        raise Interrupted("interrupted at step 1, with a checkpoint")

    monkeypatch.setattr(run, "compute", stop)
    for _ in range(2):
        with pytest.raises(Interrupted):
            run.run([cell], tmp_path, "cpu", 1)
    lines = (tmp_path / "logs" / "cells" / f"{cell.id}.log").read_text().splitlines()
    assert [line[:4] for line in lines] == ["----", "a st", "inte"] * 2
