"""Pruning removes what no plan needs, and never a result that a plan may still ask for."""

import shutil
from functools import partial

import fake_cells
import fake_files
import pytest

from autoloss import cells
from autoloss.cells import archive, prune
from autoloss.config import Adaptive

GRID = {"datasets": ["criteo"], "models": ["deepfm"], "methods": ["focal", "autoloss"]}
made = partial(fake_cells.config, overall=GRID)


@pytest.fixture
def root(tmp_path):
    for scale in ("demo", "small"):
        fake_files.write_data(tmp_path, scale, "criteo")
    return tmp_path


def _archived(config, root):
    """The ids of a plan's cells, which lie in the archive alone."""
    plan = cells.plan(config, root)
    for cell in plan.cells:
        fake_files.write_cell(cell, archive.of(root) / cell.id)
    return {cell.id for cell in plan.cells}


def _in_no_plan(root, *configs):
    return {folder.name for folder in prune.divided(prune.kept(configs, root), root)[1]}


def test_what_is_in_no_plan_is_removed(root):
    there = _archived(made(seeds=3), root)
    gone = _in_no_plan(root, made(seeds=1))
    assert gone == {id for id in there if "-s0-" not in id}
    assert list(prune.prune([archive.of(root) / id for id in sorted(gone)], root)) == []
    assert {folder.name for folder in archive.of(root).iterdir()} == there - gone


def test_seeds_that_comparisons_may_still_get_stay_although_the_view_is_lost(root):
    """With an empty view, the plan has the fewest seeds: nothing is decided."""
    config = made(seeds=Adaptive(until="decided", at_least=2, at_most=4))
    there = _archived(made(seeds=5), root)
    assert len(cells.plan(config, root).cells) == 2 * 2
    assert _in_no_plan(root, config) == {id for id in there if "-s4-" in id}


def test_cells_of_another_scale_stay_if_that_plans_them(root):
    there = _archived(made("small", seeds=3), root)
    assert _in_no_plan(root, made("demo", seeds=1)) == there
    assert _in_no_plan(root, made("demo", seeds=1), made("small", seeds=2)) == {id for id in there if "-s2-" in id}


def test_all_cells_of_a_scale_stay_while_its_data_are_not_encoded(root):
    _archived(made("small", seeds=3), root)
    shutil.rmtree(root / "data" / "encoded" / "small")
    kept = prune.kept([made("demo", seeds=1), made("small", seeds=1)], root)
    stay, go = prune.divided(kept, root)
    assert set(stay.values()) == {"small"} and len(stay) == 6 and go == []
    assert kept.unknown == {"small": ["criteo"]}


def test_timings_of_other_machines_stay():
    kept = prune.Kept(frozenset(), frozenset({"hw-1"}), {})
    assert kept.has({"id": "a", "scale": "demo", "hardware": "hw-2"})
    assert not kept.has({"id": "a", "scale": "demo", "hardware": "hw-1"})
    assert not kept.has({"id": "a", "scale": "demo", "hardware": None})


@pytest.mark.parametrize("file", ["cell.json", "metrics.json"])
def test_a_damaged_cell_is_set_aside_and_the_others_are_removed(root, file):
    first, *others = sorted(_archived(made(seeds=2), root))
    hurt = archive.of(root) / first / file
    hurt.write_text(hurt.read_text().replace("0", "1", 1))
    lines = list(prune.prune([archive.of(root) / id for id in (first, *others)], root))
    assert len(lines) == 1 and "differs from its seal" in lines[0] and f"results/damaged/{first}" in lines[0]
    assert list(archive.of(root).iterdir()) == []
