"""A small plan through a real Slurm of one node: `make test-slurm`, as root, with Debian's slurm-wlm and munge."""

import json
import os
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
import slurm_node
import yaml
from safetensors import safe_open
from slurm_node import wait_for

from autoloss.training.pace import PACE

SOURCE = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.slurm


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A running cluster."""
    if why := slurm_node.lacking():
        pytest.exit(f"make test-slurm: {why}", 1)
    with slurm_node.running(tmp_path_factory.mktemp("slurm")) as node:
        yield node


@pytest.fixture
def through_slurm(project, environment_with, node):
    """Runs `autoloss …` with the profile, for a small node: a function that starts it."""
    extra = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]["optional-dependencies"]["slurm"]
    profile = project.root / "workflow" / "profiles" / "slurm" / "config.yaml"
    content = yaml.safe_load(profile.read_text())
    content["default-resources"] = ["mem_mb=500", "runtime=60", "gres=gpu:1", "slurm_account=test"]
    quick = {"latency-wait": 10, "slurm-init-seconds-before-status-checks": 5}
    profile.write_text(yaml.safe_dump(content | quick))
    environment = project.environment | {"SNAKEMAKE_PROFILE": str(profile.parent)}
    python, started = environment_with(*extra) / "python", []

    def start(*arguments):
        process = subprocess.Popen(
            [python, "-m", "autoloss", *arguments], cwd=project.root, env=environment, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:  # a failed test leaves nothing running
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def finished(process: subprocess.Popen, code: int = 0) -> str:
    # a job that is queued again waits two minutes, and the plugin looks rarely
    printed = process.communicate(timeout=900)[0]
    assert process.returncode == code, printed
    return printed


def test_a_plan_ends_with_the_numbers_of_a_local_run_though_the_daemon_is_killed(project, trained, node, through_slurm):
    project.prepare()
    running = through_slurm("run", "quality")
    wait_for(lambda: len(node.jobs()) == 3, process=running)
    time.sleep(6)  # it saves its state every five seconds, and forgets what was submitted since
    node.kill("slurmctld")
    time.sleep(3)
    node.start("slurmctld", "-D")
    assert "none left" in finished(running)
    assert project.metrics() == trained.metrics()
    assert len(project.metrics()) == 6
    assert all("gres:gpu:1" in job or "gres/gpu=1" in job for job in node.jobs().values())


def test_timings_have_a_node_to_themselves_and_carry_its_hardware(project, tiny, node, through_slurm):
    tiny["experiments"] = {"speed": {**tiny["experiments"]["overall"], "kind": "timing", "methods": ["ce"], "seeds": 1}}
    project.params(tiny)
    project.prepare()
    before = node.jobs().keys()
    finished(through_slurm("hardware"))
    finished(through_slurm("run", "timing"))
    hardware = json.loads((project.root / "results" / "hardware.json").read_text())["id"]
    [cell] = (project.root / "results" / "timing" / hardware).glob("*/cell.json")
    assert json.loads(cell.read_text())["provenance"]["hardware"]["id"] == hardware
    [timed] = [job for id, job in node.jobs().items() if id not in before and "OverSubscribe=NO" in job]
    assert "NumCPUs=2" in timed


@pytest.fixture
def long_cell(project, tiny):
    """The id of the only cell, which trains for half a minute."""
    tiny["seeds"] = 1
    tiny["experiments"]["overall"]["methods"] = ["ce"]
    tiny["training"]["paper"] |= {"epochs": 1500, "patience": 3000}
    project.params(tiny)
    project.prepare()
    [cell] = [row["cell"] for row in project.plan()]
    return cell


def started(project, cell, node, process) -> str:
    """The id of the Slurm job that trains a cell, once it has reported its pace."""
    before = node.jobs().keys()
    wait_for((project.root / "results" / "scratch" / cell / PACE).exists, process=process)
    return max(node.jobs().keys() - before, key=int)


def test_a_cancelled_job_is_an_error_that_names_its_cell_and_it_resumes(project, long_cell, node, through_slurm):
    running = through_slurm("run", "quality")
    subprocess.run(["scancel", started(project, long_cell, node, running)], check=True)
    printed = finished(running, code=1)
    assert "1 cells of quality are missing" in printed and f"missing: {long_cell}: " in printed
    assert "Traceback" not in printed
    with safe_open(project.root / "results" / "scratch" / long_cell / "checkpoint.safetensors", "pt") as checkpoint:
        state = json.dumps(checkpoint.metadata())
    finished(through_slurm("run", "quality"))
    assert began_in(state, project, long_cell)


def test_a_job_that_is_out_of_time_is_an_error_and_leaves_a_checkpoint(project, tiny, long_cell, node, through_slurm):
    # many minutes: a minute is the least that Slurm limits
    tiny["training"]["paper"] |= {"epochs": 60_000, "patience": 200_000}
    project.params(tiny)
    [cell] = [row["cell"] for row in project.plan()]
    running = through_slurm("run", "quality")
    job = started(project, cell, node, running)
    subprocess.run(["scontrol", "update", f"JobId={job}", "TimeLimit=1"], check=True)
    printed = finished(running, code=1)
    assert "JobState=TIMEOUT" in node.jobs()[job]
    assert "1 cells of quality are missing" in printed and f"missing: {cell}: " in printed
    assert "Traceback" not in printed
    assert ", with a checkpoint" in (project.root / "logs" / "cells" / f"{cell}.log").read_text()


def test_a_job_that_is_preempted_and_queued_again_resumes_by_itself(project, long_cell, node, through_slurm):
    running = through_slurm("run", "quality")
    subprocess.run(["scontrol", "requeue", started(project, long_cell, node, running)], check=True)
    [saved] = wait_for(
        lambda: list((project.root / "results" / "scratch" / long_cell).glob("checkpoint.safetensors")), process=running
    )
    with safe_open(saved, "pt") as checkpoint:
        state = json.dumps(checkpoint.metadata())
    assert "none left" in finished(running)
    assert began_in(state, project, long_cell)


def began_in(state: str, project, cell: str) -> bool:
    """Whether a finished cell went on from a checkpoint: the time of its first evaluation is that one's."""
    first = (project.root / "results" / "cells" / cell / "history.jsonl").read_text().splitlines()[0]
    return str(json.loads(first)["seconds"]) in state
