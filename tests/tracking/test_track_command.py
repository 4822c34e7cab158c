"""`autoloss track`, as the pipeline and the user call it."""

from pathlib import Path

import pytest
import typer
from fake_facts import fake_facts
from mlflow import MlflowClient

from autoloss import cells
from autoloss.cells import hardware
from autoloss.cli.track import track
from autoloss.config import load

PARAMS = {
    "scale": "demo",
    "seeds": 2,
    "datasets": {"criteo": {"task": "binary", "rows": 1000}},
    "losses": {"cross_entropy": {}},
    "models": {"deepfm": {}},
    "methods": {"ce": {"use": "fixed", "losses": ["cross_entropy"]}},
    "training": {"paper": {}},
    "experiments": {"overall": {"datasets": ["criteo"], "models": ["deepfm"], "methods": ["ce"]}},
}


@pytest.fixture
def project(enter):
    """An empty project with a configuration of two cells; the current folder."""
    return enter(PARAMS)


def encoded(project: Path) -> None:
    folder = project / "data" / "encoded" / "demo" / "criteo"
    folder.mkdir(parents=True)
    fake_facts("criteo").write(folder)


def current(project: Path) -> dict[str, str]:
    client = MlflowClient(f"sqlite:///{project / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("autoloss").experiment_id], "params.kind != 'summary'")
    return {run.data.tags["cell.id"]: run.data.tags["cell.current"] for run in runs}


def test_track_marks_what_the_plan_no_longer_holds(project, cell, capsys):
    encoded(project)
    here = hardware.describe("auto").id
    planned = cells.plan(load(), project, here).cells[0]
    inside = cell(project / "results", "ce", digest=planned.digest)
    outside = cell(project / "results", "ce", digest="superseded")
    elsewhere = cell(project / "results", "ce", kind="timing", digest="timed")
    timings = project / "results" / "timing" / "hw-elsewhere"
    timings.mkdir(parents=True)
    elsewhere.rename(timings / elsewhere.name)
    assert inside.name == planned.id
    track()
    assert current(project) == {inside.name: "true", outside.name: "false", elsewhere.name: "true"}
    assert "3 cells imported, 0 were there" in capsys.readouterr().out


def test_track_without_encoded_data_imports_all_the_same(project, cell, capsys):
    name = cell(project / "results").name
    track()
    assert current(project) == {name: "true"}
    assert "importing without a plan" in capsys.readouterr().out


def test_track_names_what_it_could_not_read_and_says_so_by_a_status_of_its_own(project, cell, capsys):
    good, broken = cell(project / "results", seed=0), cell(project / "results", seed=1)
    (broken / "history.jsonl").write_text("[]\n")
    with pytest.raises(typer.Exit) as end:
        track()
    assert end.value.exit_code == 3
    assert capsys.readouterr().err.startswith(f"error: {broken.relative_to(project)}")
    assert set(current(project)) == {good.name}
