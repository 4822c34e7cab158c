"""`autoloss train`, and what finished, damaged and missing cells mean to run, verify and archive."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import run

from autoloss import seals
from autoloss.cells import pipeline
from autoloss.errors import UserError
from autoloss.files import write_json


def test_a_finished_cell_says_so_and_what_came_out(project):
    said = run("train", "ce-deepfm-shop-s0")
    assert "results/cells/ce-deepfm-shop-s0-" in said and "already done: test AUC 0." in said and "--rerun" in said


def test_cells_chosen_by_options_are_trained_and_say_what_came_out(clone):
    said = run("train", "--dataset", "shop", "--method", "ce", "--seed", "1")
    assert said.startswith("results/cells/ce-deepfm-shop-s1-") and ": test AUC 0." in said
    assert _prepared(clone) == ["shop"]


@pytest.fixture
def clone(project, tmp_path, monkeypatch):
    """The project before its first command, as the current folder."""
    for name in ("shop.csv", "params.yaml"):
        (tmp_path / name).write_bytes((project.root / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _prepared(root: Path) -> list[str]:
    return sorted(folder.name for folder in (root / "data" / "encoded" / "demo").glob("*"))


def test_a_cell_can_be_named_while_data_of_others_are_not_encoded(clone):
    run("train", "--dataset", "shop", "--seed", "1")
    (cell,) = (folder.name for folder in (clone / "results" / "cells").iterdir())
    assert "already done" in run("train", cell)
    assert f"{cell}: rerun gives the same numbers" in run("train", "--rerun", cell)
    assert _prepared(clone) == ["shop"]


def test_a_training_job_does_not_load_what_only_encoding_needs(project):
    """Each job would pay for it in seconds and in memory, which its cells report."""
    command = [sys.executable, "-X", "importtime", "-m", "autoloss", "train", "--rerun", "ce-deepfm-shop-s0"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "torch" in loaded and loaded.isdisjoint({"polars", "pyarrow", "requests", "pandas", "mlflow", "optuna"})


@pytest.mark.parametrize("digest", [False, True], ids=["beginning", "id"])
def test_a_named_cell_has_its_own_data_prepared(clone, project, digest):
    id = project.cell("shop", 1).about.id
    said = run("train", id if digest else id.rpartition("-")[0])
    assert f"results/cells/{id}: test AUC 0." in said
    assert _prepared(clone) == ["shop"]


def test_a_name_of_several_cells_has_no_data_prepared(clone):
    with pytest.raises(UserError, match="ce-deepfm: 6 cells begin so: ce-deepfm-clicks-s0, "):
        run("train", "ce-deepfm")
    assert _prepared(clone) == []


def test_a_training_run_does_without_git(clone, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert ": test AUC 0." in run("train", "--dataset", "shop", "--seed", "1")
    (record,) = (clone / "results" / "cells").glob("*/cell.json")
    assert json.loads(record.read_text())["provenance"]["git_commit"] is None


def test_the_archive_says_what_is_in_no_plan_and_prunes_that(project, tmp_path, monkeypatch):
    shutil.copytree(project.root, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert ": 4 cells (" in run("archive") and "0 cells (0.0 MB) in no plan" in run("archive")
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("seeds: 2", "seeds: 1") + "scale: small\n")
    said = run("archive", "--prune")
    assert ": 3 cells (" in said and "removed 1 cells from the archive" in said, "scale demo is planned, too"
    shutil.rmtree("data/encoded/demo/ratings")
    assert "scale demo: all 3 cells" in run("archive") and "as ratings are not encoded" in run("archive")


def test_a_damage_that_only_verify_sees_is_mended_by_the_next_run(project, tmp_path, monkeypatch):
    """A disk may change a file and not its times: whoever remembers those believes it to be intact."""
    shutil.copytree(project.root, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    id = project.cell("shop").about.id
    file = Path("results/cells", id, "metrics.json")
    file.write_text(file.read_text().replace("0.", "1.", 1))
    names = [file.name for file in file.parent.iterdir()]
    write_json(Path("results/checked", f"{id}.json"), seals._stats(file.parent, names))
    assert "already done" in run("train", id)
    with pytest.raises(UserError, match="the next run sets damaged cells"):
        run("verify", "--cells")
    assert f"results/cells/{id}: test AUC 0." in run("train", id)
    assert Path("results/damaged", id).is_dir() and ", 0 damaged" in run("verify", "--cells")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "expected cells .* or options that choose some"),
        (["x", "--dataset", "shop"], "found both cells and options"),
        (["nope"], "nope: not in the plan"),
        (["ce-deepfm"], "ce-deepfm: 6 cells begin so"),
        (["--seed", "9"], "no cell of params.yaml is chosen"),
    ],
)
def test_what_cannot_be_trained_is_one_line(words, why, project):
    with pytest.raises(UserError, match=why):
        run("train", *words)


def test_a_failed_cell_names_its_log(project, monkeypatch):
    from autoloss.cells import run as runner

    monkeypatch.setattr(runner, "compute", lambda *_: (_ for _ in ()).throw(UserError("no")))
    with pytest.raises(
        UserError, match=r"ce-deepfm-clicks-s1-.*: no \(the log: logs/cells/ce-deepfm-clicks-s1-.*\.log\)"
    ):
        run("train", "ce-deepfm-clicks-s1")
    for file in (project.root / "results" / "failed").iterdir():
        file.unlink()


@pytest.mark.parametrize("error", [UserError("claims.yaml: not valid YAML"), OSError("no room")], ids=["user", "disk"])
def test_missing_cells_are_counted_and_named_although_no_report_can_be_made(project, monkeypatch, error):
    undone = pipeline.Undone(failed={}, missing={"a": "killed", "b": "killed"})
    monkeypatch.setattr(pipeline, "run_stage", lambda *_: undone)
    monkeypatch.setattr("autoloss.tracking.background.recorded", lambda stage, root, say, run: run())
    monkeypatch.setattr("autoloss.reporting.render.render", lambda *_: (_ for _ in ()).throw(error))
    with pytest.raises(UserError) as told:
        run("run", "quality")
    assert str(told.value).splitlines() == [
        "2 cells of quality are missing; run again to go on",
        "missing: a: killed",
        "missing: b: killed",
        f"no report: {error}",
    ]
