"""Processes that share a list of cells."""

from dataclasses import replace

from autoloss.cells import archive
from autoloss.cells.running import in_turn, is_running


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
