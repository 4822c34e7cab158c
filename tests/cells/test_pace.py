"""A run shows how far its cells are; a record that an interrupted training left behind is not shown."""

import os
import time

import pytest
from fake_records import SPEC
from rich.console import Console

from autoloss import records
from autoloss.cells import explain, pace, progress
from autoloss.cells.cell import Cell
from autoloss.training.pace import PACE, Pace

CELL = Cell("train", "demo", "a", "deepfm", "ce", "paper", 0, SPEC)
LINE = "step 27 of at most 100 (27%), 1,273 examples/s, validation AUC 0.7000, best 0.8000; at most 84 s left"


@pytest.fixture
def record(tmp_path):
    """The record of CELL, in the middle of its training."""
    path = tmp_path / "results" / "scratch" / CELL.id / PACE
    path.parent.mkdir(parents=True)
    records.write(Pace(1, 27, 100, 1272.7, "AUC", 0.7, 0.8, 84.4), path)
    return path


def test_a_run_says_now_and_then_how_far_its_cells_are(record, tmp_path, monkeypatch):
    console = Console(record=True, width=200)
    monkeypatch.setattr(progress, "PACE_SECONDS", 0.0)
    progress.Announcer([CELL], tmp_path, console).look()
    assert console.export_text() == f"ce-deepfm-a seed 0: {LINE}\n"


def test_a_record_that_has_not_changed_for_long_is_not_shown(record, tmp_path):
    assert pace.read_pace(CELL, tmp_path)
    old = time.time() - 3600
    os.utime(record, (old, old))
    assert pace.read_pace(CELL, tmp_path) is None
    record.unlink()
    assert pace.read_pace(CELL, tmp_path) is None


def test_the_plan_says_how_far_a_training_was_that_was_interrupted(record, tmp_path):
    old = time.time() - 3600
    os.utime(record, (old, old))
    assert explain.reasons((CELL,), tmp_path) == {CELL.id: "interrupted at step 27 of at most 100"}
    record.unlink()
    assert explain.reasons((CELL,), tmp_path) == {CELL.id: "never trained"}
