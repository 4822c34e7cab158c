"""One pass over the cell directories, into a fresh sqlite store."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, stdev

import pytest
from mlflow import MlflowClient

from autoloss import seals
from autoloss.errors import UserError
from autoloss.tracking import sync
from autoloss.tracking.store import Store


def client(root: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{root / 'mlflow.db'}")


def runs(root: Path, kind: str = "train") -> dict:
    """Runs of the experiment by their cell's id, or by their name for summaries."""
    store = client(root)
    found = store.search_runs([store.get_experiment_by_name("autoloss").experiment_id], f"params.kind = '{kind}'")
    return {run.data.tags.get("cell.id", run.info.run_name): run for run in found}


def test_a_cell_becomes_one_run_and_importing_again_adds_nothing(root, cell):
    folder = cell(root / "results", evaluations=4, selection=True)
    synced = sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    assert (synced.imported, synced.unchanged, synced.unreadable) == (1, 0, [])

    run = runs(root)[folder.name]
    store = client(root)
    assert run.info.run_name == "autoloss · deepfm · criteo · seed 0"
    assert run.info.status == "FINISHED"
    assert (run.info.start_time, run.info.end_time) == (1748779200000, 1748779210000)  # 12:00:00 to 12:00:10 UTC
    expected = {"method": "autoloss", "model": "deepfm", "dataset": "criteo", "seed": "0", "training": "paper"}
    expected |= {"model.dim": "16", "model.mlp": "[128, 128]", "method.every": "7", "losses.focal.gamma": "2.0"}
    assert expected.items() <= run.data.params.items()
    tags = {"cell.current": "true", "hardware": "hw-0123", "git_commit": "c0ffee", "stopped": "patience"}
    assert {**tags, "alarms": "collapse"}.items() <= run.data.tags.items()
    assert "mlflow.parentRunId" not in run.data.tags
    assert run.data.metrics["test_auc"] == 0.8
    assert run.data.metrics["test_logloss_calibrated"] == 0.449
    assert run.data.metrics["resources/peak_memory_mb"] == 300.0
    history = store.get_metric_history(run.info.run_id, "valid_auc")
    assert [(m.step, m.timestamp - run.info.start_time) for m in history] == [(100 * i, 2500 * i) for i in (1, 2, 3, 4)]
    assert [m.value for m in history] == pytest.approx([0.81 - 0.1 / i for i in (1, 2, 3, 4)])
    shares = store.get_metric_history(run.info.run_id, "selection/mixture_weights/cross_entropy")
    assert [m.value for m in shares] == [0.75] * 4
    pictures = {"learning_curve.svg", "controller.svg"}
    files = {"cell.json", "metrics.json", "history.jsonl", "selection.json"} | pictures
    assert {f.path for f in store.list_artifacts(run.info.run_id)} == files
    for name in pictures:
        assert "</svg>" in Path(store.download_artifacts(run.info.run_id, name)).read_text()

    again = sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    assert (again.imported, again.unchanged, again.summaries, again.models) == (0, 1, 0, [])
    assert runs(root)[folder.name].info.run_id == run.info.run_id
    assert len(store.get_metric_history(run.info.run_id, "valid_auc")) == 4


def test_an_import_killed_anywhere_is_repaired_by_the_next(root, cell, monkeypatch):
    cell(root / "results", seed=0)
    sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    for seed, stage in enumerate(("log", "artifacts", "finish", "tag"), start=1):
        folder = cell(root / "results", seed=seed)
        with monkeypatch.context() as patch:
            patch.setattr(Store, stage, _interrupt)
            with pytest.raises(KeyboardInterrupt):
                sync(root / "results", root=root, uri="sqlite:///mlflow.db")
        assert folder.name in {r.data.tags["cell.id"] for r in _all_runs(root) if "cell.id" in r.data.tags}
        assert sync(root / "results", root=root, uri="sqlite:///mlflow.db").imported == 1
        mine = [r for r in _all_runs(root) if r.data.tags.get("cell.id") == folder.name]
        assert [r.info.status for r in mine] == ["FINISHED"]
        assert len(client(root).get_metric_history(mine[0].info.run_id, "train_loss")) == 3
    assert len(runs(root)) == 5


def _all_runs(root: Path) -> list:
    store = client(root)
    return list(store.search_runs([store.get_experiment_by_name("autoloss").experiment_id]))


def _interrupt(*args, **kwargs):
    raise KeyboardInterrupt


def test_a_writer_killed_with_signal_9_leaves_no_lock_and_no_half_run(root, cell):
    for seed in (0, 1):
        cell(root / "results", seed=seed)
    script = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from autoloss import tracking\n"
        "tracking.prepare_environment()\n"
        "from autoloss.tracking.store import Store\n"
        "Store.finish = lambda *args: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"tracking.sync(Path({str(root / 'results')!r}), root=Path({str(root)!r}), uri='sqlite:///mlflow.db')\n"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == -signal.SIGKILL
    assert [r.info.status for r in runs(root).values()] == ["RUNNING"]
    assert sync(root / "results", root=root, uri="sqlite:///mlflow.db").imported == 2
    assert [r.info.status for r in runs(root).values()] == ["FINISHED"] * 2


def test_a_second_writer_waits_for_the_first(tmp_path, cell):
    cell(tmp_path / "results")
    heard = []
    with (tmp_path / "mlflow.db.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)

        def progress(text, done, total):
            heard.append((text, (tmp_path / "mlflow.db").exists()))
            fcntl.flock(first, fcntl.LOCK_UN)

        synced = sync(tmp_path / "results", root=tmp_path, uri="sqlite:///mlflow.db", progress=progress)
    assert heard[0] == ("waiting for another import", False)
    assert synced.imported == 1


def test_tags_follow_the_plan_there_and_back(root, cell):
    old, new = (cell(root / "results", digest=digest).name for digest in ("aaaa", "bbbb"))

    def current(ids):
        synced = sync(root / "results", ids, root=root, uri="sqlite:///mlflow.db")
        return {id: run.data.tags["cell.current"] for id, run in runs(root).items()}, synced

    assert current({old})[0] == {old: "true", new: "false"}
    shutil.rmtree(root / "results" / "cells" / old)  # it went to the archive
    tags, synced = current({new})
    assert tags == {old: "false", new: "true"}
    assert (synced.superseded, synced.returned, synced.imported) == (1, 1, 0)
    assert current(None)[0] == tags
    assert current({old, new})[0] == {old: "true", new: "true"}


def test_a_cell_trained_anew_replaces_its_run(root, cell):
    folder = cell(root / "results", auc=0.7)
    sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    shutil.rmtree(folder)
    cell(root / "results", auc=0.9)
    assert sync(root / "results", root=root, uri="sqlite:///mlflow.db").imported == 1
    assert [r.data.metrics["test_auc"] for r in runs(root).values()] == [0.9]


def test_summaries_hold_mean_and_deviation_and_change_in_place(root, cell):
    aucs = [0.80, 0.82, 0.87]
    names = [cell(root / "results", seed=seed, auc=auc).name for seed, auc in enumerate(aucs[:2])]
    cell(root / "results", method="ce", auc=0.5)
    sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    name = "autoloss · deepfm · criteo · mean over seeds"
    before = runs(root, "summary")
    assert set(before) == {name, "ce · deepfm · criteo · mean over seeds"}
    assert before[name].data.metrics["summary/test_auc_mean"] == pytest.approx(mean(aucs[:2]))
    assert before[name].data.tags["kind"] == "summary"
    assert "summary/test_auc_std" not in before["ce · deepfm · criteo · mean over seeds"].data.metrics

    names.append(cell(root / "results", seed=2, auc=aucs[2]).name)
    assert sync(root / "results", set(names), root=root, uri="sqlite:///mlflow.db").summaries == 2
    after = runs(root, "summary")
    assert after[name].info.run_id == before[name].info.run_id
    assert after[name].data.metrics["summary/test_auc_mean"] == pytest.approx(mean(aucs))
    assert after[name].data.metrics["summary/test_auc_std"] == pytest.approx(stdev(aucs))
    assert after[name].data.metrics["summary/seeds"] == 3
    assert after["ce · deepfm · criteo · mean over seeds"].data.tags["cell.current"] == "false"  # it left the plan


def test_what_cannot_be_read_is_named_and_the_rest_imported(root, cell):
    broken = cell(root / "results", seed=0)
    (broken / "metrics.json").write_text("{")
    lacking = cell(root / "results", seed=1)
    content = json.loads((lacking / "cell.json").read_text())
    del content["provenance"]["finished_at"]
    (lacking / "cell.json").write_text(json.dumps(content))
    seals.seal(lacking, "cell.json")
    good = cell(root / "results", seed=2)
    synced = sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    assert set(runs(root)) == {good.name}
    assert len(synced.unreadable) == 2
    assert all("\n" not in line for line in synced.unreadable)
    assert str(broken) in synced.unreadable[0]
    assert "finished_at" in synced.unreadable[1]


def test_a_store_whose_folder_was_moved_says_so(root, cell):
    cell(root / "here" / "results")
    sync(root / "here" / "results", root=root / "here", uri="sqlite:///mlflow.db")
    os.rename(root / "here", root / "there")
    with pytest.raises(UserError, match="created elsewhere"):
        sync(root / "there" / "results", root=root / "there", uri="sqlite:///mlflow.db")


def test_two_projects_in_one_store_leave_each_other_alone(root, cell, monkeypatch):
    uri, mine = f"sqlite:///{root / 'mlflow.db'}", {cell(root / "results", seed=0).name}
    sync(root / "results", mine, root=root, uri=uri)
    theirs = cell(root / "other" / "results", seed=1).name
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_EXPERIMENT_NAME", "other")
        other = sync(root / "other" / "results", {theirs}, root=root / "other", uri=uri)
    assert (other.imported, other.superseded) == (1, 0)
    again = sync(root / "results", mine, root=root, uri=uri)
    assert (again.imported, again.superseded, again.summaries) == (0, 0, 0)
    assert {run.data.tags["cell.current"] for run in runs(root).values()} == {"true"}


def test_what_another_importer_is_writing_stays_until_it_is_abandoned(root, cell):
    cell(root / "results")
    sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    store = client(root)
    experiment = store.get_experiment_by_name("autoloss").experiment_id
    elsewhere = {"cell.id": "a-cell", "cell.importer": "another-host:/project"}
    kept = store.create_run(experiment, tags={**elsewhere, "cell.import_started": str(int(time.time()))})
    left = store.create_run(experiment, tags={**elsewhere, "cell.import_started": "0"})
    sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    found = {run.info.run_id for run in _all_runs(root)}
    assert kept.info.run_id in found
    assert left.info.run_id not in found
