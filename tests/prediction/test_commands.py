"""What the commands say about cells: plan, train, show, doctor, and the help of each."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from autoloss import seals
from autoloss.cells import gpu, pipeline
from autoloss.cells.select import Wanted, narrowed
from autoloss.cli import checks
from autoloss.cli.foreign_locks import RWLOCK, keeps_locks_to_itself
from autoloss.cli.main import assembled
from autoloss.errors import UserError
from autoloss.files import lock, write_json

APP = assembled()


def run(*words: str) -> str:
    result = CliRunner().invoke(APP, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_plan_ends_with_a_summary_by_experiment(project):
    lines = run("plan").splitlines()
    assert lines[-2] == "overall  4 done, 0 running, 0 failed, 2 missing"
    assert lines[-1] == "6 cells: 4 done, 0 running, 0 failed, 2 missing"


def test_a_plan_shows_what_is_asked_for(project):
    shop = json.loads(run("plan", "--dataset", "shop", "--json"))
    assert [(row["dataset"], row["seed"], row["state"]) for row in shop] == [("shop", s, "done") for s in (0, 1)]
    left = json.loads(run("plan", "--missing", "--json"))
    assert {(row["dataset"], row["seed"]) for row in left} == {("ratings", 1), ("clicks", 1)}


def test_a_cell_whose_lock_is_held_is_running(project):
    (row,) = json.loads(run("plan", "--missing", "--dataset", "clicks", "--json"))
    with lock(project.root / "results" / "scratch" / f"{row['cell']}.lock"):
        (now,) = json.loads(run("plan", "--missing", "--dataset", "clicks", "--json"))
    assert (row["state"], now["state"]) == ("missing", "running")


@pytest.mark.parametrize("kind", ["experiments", "datasets", "models", "methods"])
def test_a_name_that_is_not_in_params_yaml_is_refused(kind, project):
    with pytest.raises(UserError, match=f"params.yaml: {kind}: unknown {kind[:-1]} 'nope'"):
        narrowed(project.config, Wanted(**{kind: ["nope"]}))


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


def test_a_cell_is_shown_with_metrics_curve_settings_files_and_command(project):
    said = run("show", "ce-deepfm-shop-s0")
    for text in ("AUC", "best", "960 train", "model.safetensors", "made by: autoloss train"):
        assert text in said
    assert said.count("█") > 10


def test_the_doctor_finds_nothing_wrong_here_but_git_and_dvc(project):
    found = {each.what: each for each in (check(project.root) for check in checks.CHECKS)}
    assert [name for name, each in found.items() if each.state == "problem"] == ["git", "DVC"]
    assert found["data"].text == "3 datasets prepared" and "git init" in found["git"].cure


def test_the_doctor_names_what_is_wrong_and_the_cure(tmp_path, monkeypatch):
    assert checks.parameters(tmp_path).state == "problem"
    (tmp_path / "params.yaml").write_text("scale: tiny\n")
    assert "tiny" in checks.parameters(tmp_path).text and checks.data(tmp_path).state == "problem"
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "dvc.lock").write_text("<<<<<<< ours\n")
    assert "merge conflict" in checks.dvc(tmp_path).text and "dvc.lock" in checks.dvc(tmp_path).cure
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert checks.store(tmp_path).state == "problem"
    with lock(tmp_path / "results" / "x.lock"):
        assert "x.lock" in checks.locks(tmp_path).text
    assert checks.locks(tmp_path).state == "ok", "a lock file that nobody holds is harmless"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("server:/a / nfs4 rw,vers=4.2,local_lock=none 0 0", None),
        ("server:/a / nfs rw,vers=3,local_lock=all 0 0", "/ nfs local_lock=all"),
        ("server:/a / nfs rw,local_lock=flock 0 0", "/ nfs local_lock=flock"),
        ("mgs:/a / lustre rw,localflock 0 0", "/ lustre localflock"),
        ("me@server:/a / fuse.sshfs rw 0 0", "/ fuse.sshfs"),
        ("server:/a /elsewhere nfs rw,nolock 0 0", None),
    ],
)
def test_the_doctor_knows_a_mount_on_which_machines_do_not_see_each_others_locks(tmp_path, line, named):
    assert keeps_locks_to_itself(tmp_path, f"/dev/a / ext4 rw 0 0\n{line}") == named
    if named:
        assert keeps_locks_to_itself(tmp_path, f"{line}\n/dev/b {tmp_path.parent} ext4 rw 0 0\n") is None


@pytest.mark.parametrize(("device", "state"), [("auto", "note"), ("cuda", "problem"), ("cpu", "ok")])
def test_the_doctor_names_a_torch_that_cannot_use_the_gpu(project, tmp_path, monkeypatch, device, state):
    monkeypatch.setattr(gpu, "visible", lambda: ["0"])
    monkeypatch.setattr(gpu, "torch_knows_gpus", lambda: False)
    given = yaml.safe_load((project.root / "params.yaml").read_text())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({**given, "device": device}))
    found = checks.device(tmp_path)
    assert found.state == state and ("built for the processor alone" in found.text) == (state != "ok")


def test_the_doctor_says_whose_lock_dvc_found(tmp_path):
    (tmp_path / RWLOCK).parent.mkdir(parents=True)
    gone = subprocess.Popen(["true"])
    gone.wait()
    for pid, about in ((os.getpid(), "another program on this machine"), (gone.pid, "not on this machine")):
        held = {"write": {"/a": {"pid": pid, "cmd": "repro"}}, "read": {"/b": [{"pid": pid, "cmd": "repro"}]}}
        (tmp_path / RWLOCK).write_text(json.dumps(held))
        assert f"killed: process {pid} ({about})" in checks.dvc(tmp_path).text
    (tmp_path / RWLOCK).write_text('{"write": {}, "read": {}}')
    assert "process" not in checks.dvc(tmp_path).text


def test_the_doctor_names_a_parameter_without_which_dvc_stops(project, tmp_path):
    given = yaml.safe_load((project.root / "params.yaml").read_text())
    assert "scale" not in given
    (tmp_path / "dvc.yaml").write_bytes((Path(__file__).parents[2] / "dvc.yaml").read_bytes())
    for params, state in ((given, "problem"), ({"scale": "demo", **given}, "ok")):
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
        found = checks.parameters(tmp_path)
        assert found.state == state and ("scale not given" in found.text) == (state == "problem")


def _commands(group, *path: str):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command.help or ""


def test_every_command_has_an_example_in_its_help():
    lacking = [words for words, text in _commands(get_command(APP), "autoloss") if f"\n{words}" not in text]
    assert not lacking


def test_the_version_is_printed():
    assert run("--version").startswith("autoloss")
