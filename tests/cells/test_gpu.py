"""Jobs of one machine share its GPUs: one slot each, given back when the process ends."""

import os
import subprocess
import sys
from contextlib import ExitStack
from importlib.machinery import PathFinder

import pytest

from autoloss.cells import gpu

HOLD = """
import sys
from autoloss.cells import gpu
with gpu.slot("cuda", 1):
    print(gpu.visible()[0], flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def locks(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(gpu, "_WAIT_SECONDS", 0.01)


def test_each_job_gets_a_gpu_of_its_own_and_the_next_waits_until_one_ends(monkeypatch):
    monkeypatch.setenv(gpu.VISIBLE, "4,7")
    jobs = [
        subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert {job.stdout.readline().strip() for job in jobs} == {"4", "7"}
    waiting = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1)
    jobs[0].kill()
    assert waiting.stdout.readline().strip() in {"4", "7"}
    for job in (jobs[1], waiting):
        job.communicate("")
        assert job.returncode == 0


def test_jobs_spread_before_they_share(monkeypatch):
    monkeypatch.setenv(gpu.VISIBLE, "GPU-a,GPU-b")
    with ExitStack() as held:
        assert [gpu._taken(gpu.visible(), 2, held) for _ in range(4)] == ["GPU-a", "GPU-b", "GPU-a", "GPU-b"]


def test_what_was_visible_is_visible_again(monkeypatch):
    monkeypatch.setenv(gpu.VISIBLE, "1,2")
    with gpu.slot("cuda", 1):
        assert os.environ[gpu.VISIBLE] == "1"
    assert os.environ[gpu.VISIBLE] == "1,2"


@pytest.mark.parametrize(("device", "given"), [("cpu", "0,1"), ("auto", ""), ("auto", "-1")])
def test_without_a_gpu_nothing_is_taken(monkeypatch, tmp_path, device, given):
    monkeypatch.setenv(gpu.VISIBLE, given)
    with gpu.slot(device, 1):
        assert os.environ[gpu.VISIBLE] == given
    assert not list(tmp_path.iterdir())


def test_gpus_are_those_the_driver_lists(monkeypatch, tmp_path):
    monkeypatch.delenv(gpu.VISIBLE, raising=False)
    for bus in ("0000:17:00.0", "0000:65:00.0"):
        (tmp_path / "driver" / bus).mkdir(parents=True)
    monkeypatch.setattr(gpu, "_DRIVER", tmp_path / "driver")
    with gpu.slot("cuda", 1):
        assert os.environ[gpu.VISIBLE] == "0"
    assert gpu.VISIBLE not in os.environ and gpu.visible() == ["0", "1"]


def _torch(monkeypatch, folder, version):
    """An installed torch that is its version.py alone: importing the rest would fail."""
    (folder / "torch").mkdir()
    (folder / "torch" / "__init__.py").write_text("raise AssertionError('torch was imported')")
    (folder / "torch" / "version.py").write_text(version)
    monkeypatch.setattr(gpu, "find_spec", lambda name: PathFinder.find_spec(name, [str(folder)]))
    gpu.torch_knows_gpus.cache_clear()


@pytest.fixture
def torch_as(tmp_path, monkeypatch):
    yield lambda version: _torch(monkeypatch, tmp_path, version)
    gpu.torch_knows_gpus.cache_clear()


@pytest.mark.parametrize(
    ("version", "device", "used"),
    [
        ("cuda = '13.0'\nhip = None\n", "auto", ["0"]),
        ("cuda = None\nhip = '7.0'\n", "auto", ["0"]),
        ("cuda = None\nhip = None\n", "auto", []),
        ("cuda = None\n", "cuda", ["0"]),  # what asks for a GPU is told later that there is none for this torch
        ("cuda = '13.0'\n", "cpu", []),
    ],
)
def test_a_torch_that_is_built_for_the_processor_takes_no_gpu_by_itself(torch_as, monkeypatch, version, device, used):
    monkeypatch.setenv(gpu.VISIBLE, "0")
    torch_as(version)
    assert gpu.usable(device) == used


def test_jobs_of_a_torch_without_gpus_do_not_wait_for_one_another(torch_as, monkeypatch):
    monkeypatch.setenv(gpu.VISIBLE, "0")
    torch_as("cuda = None\n")
    with gpu.slot("auto", 1), gpu.slot("auto", 1):
        assert os.environ[gpu.VISIBLE] == "0"


def test_what_torch_is_built_for_is_told_of_the_torch_that_is_installed():
    import torch

    assert gpu.torch_knows_gpus() == torch.backends.cuda.is_built()
