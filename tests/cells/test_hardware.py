"""Which machine timings belong to: the device counts, and on a cluster it is a node."""

import pytest

from autoloss.cells import cluster, gpu, hardware
from autoloss.errors import UserError


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """Makes a Snakemake profile the one in use: a function of its content."""

    def use(content: str) -> None:
        (tmp_path / "config.yaml").write_text(content)
        monkeypatch.setenv(cluster.PROFILE, str(tmp_path))

    return use


def test_timings_on_the_processor_and_on_the_gpu_belong_to_different_machines(monkeypatch):
    monkeypatch.setattr(hardware, "_gpu", lambda: "H100")
    monkeypatch.setenv(gpu.VISIBLE, "0")
    monkeypatch.setattr(gpu, "torch_knows_gpus", lambda: True)
    on_gpu, on_cpu = hardware.describe("cuda"), hardware.describe("cpu")
    assert hardware.describe("auto") == on_gpu
    assert on_gpu.id != on_cpu.id
    assert (on_gpu.gpu, on_cpu.gpu) == ("H100", None)


@pytest.mark.parametrize(("given", "built"), [("0", False), ("", True)], ids=["torch without CUDA", "none visible"])
def test_what_trains_on_the_processor_beside_a_gpu_is_timed_as_such(monkeypatch, given, built):
    monkeypatch.setattr(hardware, "_gpu", lambda: "H100")
    monkeypatch.setenv(gpu.VISIBLE, given)
    monkeypatch.setattr(gpu, "torch_knows_gpus", lambda: built)
    assert hardware.describe("auto") == hardware.describe("cpu")


def test_timings_of_the_processor_are_not_those_of_cuda_where_no_gpu_is_listed(monkeypatch):
    monkeypatch.setattr(hardware, "_gpu", lambda: None)
    assert hardware.describe("auto") == hardware.describe("cpu")
    assert hardware.describe("cuda").id != hardware.describe("cpu").id


def test_a_node_is_asked_with_the_options_of_the_profile(profile):
    profile("executor: slurm\ndefault-resources:\n  - mem_mb=16000\n  - slurm_partition=gpu\n  - gres=gpu:1\n")
    assert cluster.on_a_node() == ["srun", "--quiet", "--ntasks=1", "--partition=gpu", "--gres=gpu:1"]
    profile("executor: slurm\ndefault-resources: {slurm_account: me}\n")
    assert cluster.on_a_node() == ["srun", "--quiet", "--ntasks=1", "--account=me"]


def test_without_a_clusters_profile_the_machine_is_this_one(profile, tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    hardware.write(tmp_path / "results" / "hardware.json", "cpu")
    monkeypatch.setattr(hardware, "_cpu", lambda: "a login node")
    here = hardware.describe("cpu").id
    profile("cores: all\n")
    assert hardware.measuring(tmp_path, "cpu") == here
    profile("executor: slurm\n")
    assert hardware.measuring(tmp_path, "cpu") != here


def test_a_profile_that_cannot_be_used_is_one_line(profile, monkeypatch, tmp_path):
    profile("executor: slurm\n- mem_mb=1\n")
    with pytest.raises(UserError, match="config.yaml: not valid YAML"):
        cluster.on_a_node()
    with pytest.raises(UserError, match="is not on PATH"):
        cluster.run(["srun-that-is-not-there"])
