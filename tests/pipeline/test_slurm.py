"""A small plan through a real Slurm of one node: `make test-slurm`, as root, with Debian's slurm-wlm and munge.

Slurm reads its configuration from /etc/slurm alone, because the executor plugin takes SLURM_* away from jobs. A machine
that has one there is left as it is, and the tests are skipped.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
from pathlib import Path

import pytest
import yaml
from safetensors import safe_open

SOURCE = Path(__file__).parent.parent.parent
CONF = Path("/etc/slurm")
pytestmark = pytest.mark.slurm


def wait_for(condition, seconds=120, process=None):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert process is None or process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
    return found


class Cluster:
    """One node with two cores and a file for a GPU; its daemons, to be killed and started."""

    def __init__(self, folder: Path):
        self.folder, self.processes = folder, {}
        host = socket.gethostname()
        (folder / "gpu0").touch()
        CONF.mkdir(exist_ok=True)
        (CONF / "slurm.conf").write_text(f"""ClusterName=test
SlurmctldHost={host}
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=5
GresTypes=gpu
NodeName={host} CPUs=2 RealMemory=8000 Gres=gpu:1
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE
""")
        (CONF / "gres.conf").write_text(f"NodeName={host} Name=gpu File={folder}/gpu0\n")

    def start(self, daemon: str, *options: str) -> None:
        log = (self.folder / f"{daemon}.log").open("a")
        self.processes[daemon] = subprocess.Popen([daemon, *options], stdout=log, stderr=log)

    def kill(self, daemon: str) -> None:
        self.processes[daemon].kill()
        self.processes[daemon].wait()

    def jobs(self) -> dict[str, str]:
        """What `scontrol` knows of each job, ended ones included, by its id."""
        text = subprocess.run(["scontrol", "show", "job", "-o"], capture_output=True, text=True).stdout
        return {m[1]: line for line in text.splitlines() if (m := re.match(r"JobId=(\d+)", line))}

    def is_idle(self) -> bool:
        return "idle" in subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A running cluster; its daemons and its configuration are gone afterwards."""
    lacking = [name for name in ("slurmctld", "slurmd", "munged") if not shutil.which(name)]
    if lacking or os.getuid():
        pytest.skip(f"needs root and slurm-wlm, munge ({', '.join(lacking) or 'not root'})")
    if (CONF / "slurm.conf").exists():
        pytest.skip(f"{CONF}/slurm.conf: this machine has a Slurm of its own")
    made = Cluster(tmp_path_factory.mktemp("slurm"))
    key = made.folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    socket_, files = (
        "/run/munge/munge.socket.2",
        [f"--{n}-file={made.folder}/munged.{n}" for n in ("pid", "seed", "log")],
    )
    Path(socket_).parent.mkdir(exist_ok=True)
    try:
        made.start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={socket_}", *files)
        wait_for(Path(socket_).exists, 20)
        made.start("slurmctld", "-D")
        made.start("slurmd", "-D")
        wait_for(made.is_idle, 60)
        yield made
    finally:
        for daemon in ("slurmd", "slurmctld", "munged"):
            if daemon in made.processes:
                made.kill(daemon)
        for name in ("slurm.conf", "gres.conf"):
            (CONF / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """An interpreter with the extra `slurm` beside this environment's packages, which stay as they are."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    site = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (site / "outer.pth").write_text(sysconfig.get_path("purelib"))
    extra = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]["optional-dependencies"]["slurm"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *extra], check=True)
    return python


@pytest.fixture
def through_slurm(project, python, cluster):
    """Runs `autoloss run STAGE` with the profile, for a small node: a function that starts it."""
    profile = project.root / "workflow" / "profiles" / "slurm" / "config.yaml"
    content = yaml.safe_load(profile.read_text())
    content["default-resources"] = ["mem_mb=500", "runtime=60", "gres=gpu:1", "slurm_account=test"]
    quick = {"latency-wait": 10, "slurm-init-seconds-before-status-checks": 5}
    profile.write_text(yaml.safe_dump(content | quick))
    environment = project.environment | {"SNAKEMAKE_PROFILE": str(profile.parent)}

    def start(*arguments):
        return subprocess.Popen(
            [python, "-m", "autoloss", *arguments], cwd=project.root, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    return start


def finished(process: subprocess.Popen, code: int = 0) -> str:
    printed = process.communicate(timeout=300)[0]
    assert process.returncode == code, printed
    return printed


def test_a_plan_ends_with_the_numbers_of_a_local_run_though_the_daemon_is_killed(
    project, trained, cluster, through_slurm
):
    project.prepare()
    running = through_slurm("run", "quality")
    wait_for(lambda: len(cluster.jobs()) == 3, process=running)
    time.sleep(6)  # it saves its state every five seconds, and forgets what was submitted since
    cluster.kill("slurmctld")
    time.sleep(3)
    cluster.start("slurmctld", "-D")
    assert "none left" in finished(running)
    assert project.metrics() == trained.metrics()
    assert len(project.metrics()) == 6
    assert all("gres:gpu:1" in job or "gres/gpu=1" in job for job in cluster.jobs().values())


def test_timings_have_a_node_to_themselves_and_carry_its_hardware(project, tiny, cluster, through_slurm):
    tiny["experiments"] = {"speed": {**tiny["experiments"]["overall"], "kind": "timing", "methods": ["ce"], "seeds": 1}}
    project.params(tiny)
    project.prepare()
    before = cluster.jobs().keys()
    finished(through_slurm("hardware"))
    finished(through_slurm("run", "timing"))
    node = json.loads((project.root / "results" / "hardware.json").read_text())["id"]
    [cell] = (project.root / "results" / "timing" / node).glob("*/cell.json")
    assert json.loads(cell.read_text())["provenance"]["hardware"]["id"] == node
    [timed] = [job for id, job in cluster.jobs().items() if id not in before and "OverSubscribe=NO" in job]
    assert "NumCPUs=2" in timed


def test_a_cancelled_job_is_an_error_that_names_its_cells_and_resumes(project, tiny, cluster, through_slurm):
    tiny["seeds"] = 1
    tiny["experiments"]["overall"]["methods"] = ["ce"]
    tiny["training"]["paper"] |= {"epochs": 1500, "patience": 3000}  # the first checkpoint comes after 30 s
    project.params(tiny)
    project.prepare()
    [cell] = [row["cell"] for row in project.plan()]
    before, running = cluster.jobs().keys(), through_slurm("run", "quality")
    [saved] = wait_for(
        lambda: list((project.root / "results" / "scratch" / cell).glob("checkpoint.safetensors")), process=running
    )
    for job in cluster.jobs().keys() - before:
        subprocess.run(["scancel", job], check=True)
    printed = finished(running, code=1)
    assert "1 cells of quality are missing" in printed and cell in printed
    with safe_open(saved, "pt") as checkpoint:
        state = json.dumps(checkpoint.metadata())
    finished(through_slurm("run", "quality"))
    first = (project.root / "results" / "cells" / cell / "history.jsonl").read_text().splitlines()[0]
    assert str(json.loads(first)["seconds"]) in state, "it began again, instead of resuming"
