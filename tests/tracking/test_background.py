"""Recording beside a run: whatever MLflow does, the run ends as it would have without it."""

import subprocess
import sys
from socket import create_server

import pytest
from mlflow import MlflowClient

from autoloss.tracking import background
from autoloss.tracking.background import FAILED, recorded

PARAMS = {"scale": "demo", "datasets": {}, "losses": {}, "models": {}, "methods": {}, "experiments": {}}


@pytest.fixture
def project(enter):
    """An empty project whose store is the default one; the current folder."""
    return enter(PARAMS)


def test_cells_that_finish_during_a_run_are_recorded_and_told_in_one_line(project, cell, monkeypatch):
    monkeypatch.setattr(background, "LEAST", 120.0)  # a busy machine needs longer than the bound
    said = []
    name = recorded("quality", project, said.append, lambda: cell(project / "results").name)
    assert said == ["MLflow sqlite:///mlflow.db, experiment autoloss: 1 cells recorded"]
    client = MlflowClient(f"sqlite:///{project / 'mlflow.db'}")
    [run] = client.search_runs([client.get_experiment_by_name("autoloss").experiment_id], "params.kind = 'train'")
    assert run.data.tags["cell.id"] == name


def test_a_failure_is_told_once_and_the_run_keeps_its_result(project, cell, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    said = []
    assert recorded("quality", project, said.append, lambda: "trained") == "trained"

    def measure():
        cell(project / "results").rename(project / "results" / "timing" / "hw-0123" / "measured")
        return "measured"

    (project / "results" / "timing" / "hw-0123").mkdir(parents=True)
    assert recorded("timing", project, said.append, measure) == "measured"
    [line] = said
    assert line.startswith(f"{FAILED}: MLflow store http://127.0.0.1:9: the server cannot be reached")


def test_an_importer_that_never_ends_is_ended(project, monkeypatch):
    monkeypatch.setattr(background, "LEAST", 0.0)
    monkeypatch.setattr(background, "START", 0.5)
    said = []
    with create_server(("127.0.0.1", 0)) as hung:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{hung.getsockname()[1]}")
        assert recorded("quality", project, said.append, lambda: "trained") == "trained"
    [line] = said
    assert line.startswith(f"{FAILED}: not done after")


def test_a_failed_run_fails_as_it_did_and_leaves_no_importer(project):
    def fail():
        raise KeyboardInterrupt

    recorder = background.Recorder(project, lambda line: None)
    with pytest.raises(KeyboardInterrupt), recorder:
        fail()
    assert recorder._process.returncode is not None


def test_the_importer_ends_with_the_process_that_started_it(project):
    command = [sys.executable, "-m", "autoloss.tracking.follow"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode == 1
