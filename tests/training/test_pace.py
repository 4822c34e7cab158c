"""A training run says how far it is, and goes on counting after an interruption."""

from dataclasses import replace

import pytest
from fake_records import EVALUATION

from autoloss import records
from autoloss.cells.pace import pace_line
from autoloss.training import pace
from autoloss.training.pace import Pace, Reporter
from autoloss.training.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    """Seconds that a test sets."""
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def _steps(reporter, clock, progress, last, seconds):
    while progress.step < last:
        progress.step += 1
        clock[0] += seconds
        reporter.stepped(progress)


def test_a_long_training_run_reports_its_pace_and_what_is_left(clock, tmp_path):
    said, progress = [], Progress()
    reporter = Reporter(tmp_path / "pace.json", said.append, every_seconds=10)
    reporter.start(progress, 100, 2000)
    _steps(reporter, clock, progress, 25, 1.0)
    assert [each.step for each in said] == [10, 20]
    assert said[-1] == Pace(1, 20, 100, 2000.0, "", None, None, 80.0)
    progress.record(replace(EVALUATION, valid={"auc": 0.8, "logloss": 0.5}))
    progress.record(replace(EVALUATION, valid={"auc": 0.7, "logloss": 0.5}))
    _steps(reporter, clock, progress, 30, 3.0)
    assert records.read(Pace, tmp_path / "pace.json") == said[-1]
    assert (said[-1].newest, said[-1].best) == (0.7, 0.8)
    assert pace_line(said[-1]) == (
        "step 27 of at most 100 (27%), 1,273 examples/s, validation AUC 0.7000, best 0.8000; at most 84 s left"
    )


def test_a_record_that_cannot_be_written_does_not_end_training(clock, tmp_path):
    said, progress = [], Progress()
    (tmp_path / "file").touch()
    reporter = Reporter(tmp_path / "file" / "pace.json", said.append, every_seconds=10)
    reporter.start(progress, 100, 2000)
    _steps(reporter, clock, progress, 25, 1.0)
    assert len(said) == 2


def test_a_resumed_run_counts_only_its_own_steps(clock, tmp_path):
    said, progress = [], Progress(step=80)
    reporter = Reporter(tmp_path / "pace.json", said.append, every_seconds=10)
    reporter.start(progress, 100, 2000)
    _steps(reporter, clock, progress, 90, 1.0)
    assert said == [Pace(1, 90, 100, 2000.0, "", None, None, 10.0)]


def test_what_is_over_soon_leaves_no_record(clock, tmp_path):
    said, progress = [], Progress()
    reporter = Reporter(tmp_path / "pace.json", said.append)
    reporter.start(progress, 100, 2000)
    _steps(reporter, clock, progress, 100, 0.01)
    assert not said and not (tmp_path / "pace.json").exists()
