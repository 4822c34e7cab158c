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
    profile("executor: slurm\ndefault-resources: slurm_account=me\n")
    assert cluster.on_a_node() == ["srun", "--quiet", "--ntasks=1", "--account=me"]


@pytest.mark.parametrize("empty", ["default-resources:\n", "default-resources: []\n", "default-resources: [mem_mb]\n"])
def test_a_profile_that_chooses_no_kind_of_node_asks_any(profile, empty):
    profile(f"executor: slurm\n{empty}")
    assert cluster.on_a_node() == ["srun", "--quiet", "--ntasks=1"]


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The folders in which Snakemake looks for a profile of a name: here, the user's, the machine's."""
    places = {"here": tmp_path / "project", "user": tmp_path / "home/snakemake", "machine": tmp_path / "etc/snakemake"}
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    monkeypatch.setenv(cluster.PROFILE, "slurm")
    places["here"].mkdir()
    monkeypatch.chdir(places["here"])
    return places


@pytest.mark.parametrize("names", [["here"], ["user"], ["machine"], ["user", "machine"], ["here", "user"]])
@pytest.mark.parametrize("file", ["config.yaml", "profile.yaml", "config.v8+.yaml"])
def test_the_profile_is_the_one_that_snakemake_takes(places, names, file):
    from snakemake.cli import get_profile_dir

    for name in names:
        folder = places[name] / "slurm"
        folder.mkdir(parents=True)
        (folder / file).write_text(f"executor: slurm\ndefault-resources: [slurm_account={name}]\n")
        (folder / "config.v99+.yaml").write_text("executor: of a later version\n")
        (folder / "other.yaml").write_text("executor: of no profile\n")
    assert cluster.on_a_node() == ["srun", "--quiet", "--ntasks=1", f"--account={names[0]}"]
    found = get_profile_dir("slurm")
    assert found is not None and names[0] in found[1].read_text()


def test_a_profile_may_be_named_by_its_file_and_one_that_is_nowhere_is_none(places, monkeypatch):
    assert cluster.on_a_node() is None
    (places["here"] / "mine.yaml").write_text("executor: slurm\n")
    monkeypatch.setenv(cluster.PROFILE, "mine.yaml")
    assert cluster.on_a_node() == ["srun", "--quiet", "--ntasks=1"]


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
    (tmp_path / "config.yaml").write_bytes(b"executor: sl\xfcrm\n")
    with pytest.raises(UserError, match="config.yaml: cannot be read"):
        cluster.on_a_node()
    with pytest.raises(UserError, match="is not on PATH"):
        cluster.run(["srun-that-is-not-there"])
