"""kill -9 at random moments of every stage: what comes out in the end is what an undisturbed run gives.

Opt-in: `make test-crashes`. AUTOLOSS_KILLS sets how many, AUTOLOSS_SEED which.
"""

import contextlib
import os
import random
import subprocess
import time

import psutil
import pytest
import undisturbed

KILLS = int(os.environ.get("AUTOLOSS_KILLS", "72"))
SHARES = {"data": 8, "quality": 20, "timing": 6, "report": 8, "track": 10, "verify": 4, "archive": 4, "all": 12}
LEAVES_ALL = ("report", "track", "verify")  # stages after which nothing is left to make
SEED = os.environ.get("AUTOLOSS_SEED", "0")
pytestmark = pytest.mark.crashes


def processes(root) -> list[psutil.Process]:
    """Those that work in a project."""
    return [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(root)]


def kill(found: list[psutil.Process]) -> None:
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def killed(project, stage: str, seconds: float, chance: random.Random) -> bool:
    """Runs a stage and kills all of its processes, or one of them, at a random moment; False if it was done before."""
    process = subprocess.Popen(
        undisturbed.STAGES[stage], cwd=project.root, env=project.environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    time.sleep(chance.uniform(0, seconds))
    if process.poll() is not None:
        process.communicate()
        return False
    if chance.random() < 0.5:
        while found := processes(project.root):
            kill(found)
        process.communicate()
        return True
    victim = chance.choice(processes(project.root))
    print(f"{stage}: kill -9 of {' '.join(victim.cmdline()[:6])}")
    kill([victim])
    printed, _ = process.communicate(timeout=300)
    assert "Traceback" not in printed, printed
    while processes(project.root):  # what outlives a killed parent ends by itself
        time.sleep(0.1)
    return True


@pytest.mark.parametrize("stage", SHARES)
def test_killed_at_random_moments_it_ends_with_the_same_results(stage, at_peace, tmp_path):
    chance, kills, root = random.Random(f"{SEED} {stage}"), 0, tmp_path / "project"
    wanted = max(1, round(SHARES[stage] * KILLS / sum(SHARES.values())))
    project = at_peace.start(stage, root)
    while kills < wanted:
        if killed(project, stage, at_peace.seconds[stage], chance):
            kills += 1
            assert undisturbed.damaged(root) == []
        else:
            project = at_peace.start(stage, root)
    project.run(*undisturbed.STAGES[stage])
    assert undisturbed.damaged(root) == []
    project.params(at_peace.params)
    if stage not in LEAVES_ALL:
        project.run(*undisturbed.STAGES["all"])
    assert undisturbed.results(project) == undisturbed.results(at_peace.project)
