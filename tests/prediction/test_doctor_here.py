"""`autoloss doctor` in a project with cells: data, locks, GPU, parameters."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from autoloss.cells import gpu
from autoloss.cli import checks
from autoloss.cli.foreign_locks import RWLOCK, keeps_locks_to_itself
from autoloss.files import lock


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
