"""Cells in training appear in the store while they train, and only then."""

import pytest
from mlflow import MlflowClient

from autoloss import records
from autoloss.files import write_json
from autoloss.tracking import sync
from autoloss.training.pace import PACE, Pace

URI = "sqlite:///mlflow.db"


def report(root, step: int, run: int = 1, cell: str = "ce-deepfm-a-s0-0123456789ab"):
    """Writes the record that a training leaves."""
    path = root / "results" / "scratch" / cell / PACE
    path.parent.mkdir(parents=True, exist_ok=True)
    records.write(Pace(run, step, 100, 1000.0, "AUC", 0.7, 0.8, 60.0), path)
    return path


def shown(root):
    """The store's client and its runs in training."""
    store = MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
    experiment = store.get_experiment_by_name("autoloss").experiment_id
    return store, store.search_runs([experiment], "attributes.status = 'RUNNING'")


def update(root):
    sync(root / "results", root=root, uri=URI)
    return shown(root)


def test_a_training_shows_its_progress_and_gives_way_to_the_finished_run(root, cell):
    report(root, 10)
    _, [first] = update(root)
    assert first.info.run_name == "ce-deepfm-a-s0-0123456789ab"
    path = report(root, 50)
    store, [second] = update(root)
    assert second.info.run_id == first.info.run_id
    steps = [(m.step, m.value) for m in store.get_metric_history(first.info.run_id, "step")]
    assert steps == [(10, 10.0), (50, 50.0)]
    assert second.data.metrics["valid_best"] == 0.8 and second.data.metrics["seconds_left"] == 60.0
    assert second.data.tags["mlflow.note.content"].startswith("step 50 of at most 100 (50%)")
    update(root)
    assert len(store.get_metric_history(first.info.run_id, "step")) == 2, "no news, no points"

    path.unlink()
    cell(root / "results")
    _, running = update(root)
    assert running == []


def test_later_runs_of_a_search_follow_along_the_axis(root):
    report(root, 90)
    update(root)
    report(root, 20, run=2)
    store, [run] = update(root)
    assert [m.step for m in store.get_metric_history(run.info.run_id, "step")] == [90, 120]
    assert run.data.metrics["run"] == 2


@pytest.mark.parametrize("end", ["failed", "of another project"])
def test_only_what_is_trained_here_is_touched(root, end):
    path = report(root, 10)
    store, [run] = update(root)
    if end == "failed":
        write_json(root / "results" / "failed" / f"{path.parent.name}.json", {"id": path.parent.name, "error": "x"})
    else:
        store.set_tag(run.info.run_id, "cell.importer", "elsewhere:/project")
        path.unlink()
    assert [each.info.run_id for each in update(root)[1]] == ([] if end == "failed" else [run.info.run_id])
