"""Ten random things that DVC, git and a person do to a project, each followed by `dvc repro`: no cell is trained twice.

AUTOLOSS_HISTORIES=5 tries five sequences of ten, with every stage after each step; otherwise one of three is tried,
with the cells alone.
"""

import os
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from autoloss.files import read_json

HISTORIES = int(os.environ.get("AUTOLOSS_HISTORIES", "0"))
STEPS = 10 if HISTORIES else 3
IGNORED = "/data/\n/results/\n/logs/\n/trainings\n__pycache__/\n.snakemake/\nmlflow.db*\nmlartifacts/\n"
EVERY, GAMMA = (2, 3), {"main": 2.0, "other": 1.0}  # what differs between experiments, and between branches
TOLD = '    with (root / "trainings").open("a") as told:\n        told.write(f"{cell.id}\\n")\n    entry.compute('
NAMED = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class History:
    """A project under git and DVC with a remote, and what happens to it."""

    def __init__(self, project, tiny, chance: random.Random):
        self.project, self.root, self.chance = project, project.root, chance
        self.done: list[str] = []
        tiny |= {"seeds": 1}
        tiny["datasets"].pop("clicks")
        tiny["experiments"]["speed"] = {**tiny["experiments"]["overall"], "kind": "timing", "methods": ["ce"]}
        project.edit("autoloss/cells/run.py", "    entry.compute(", TOLD)
        (self.root / ".gitignore").write_text(IGNORED)
        self.run("git", "init", "-q", "-b", "main")
        self.run("dvc", "init", "-q")
        self.run("dvc", "remote", "add", "-q", "-d", "store", str(self.root.parent / "store"))
        for branch, gamma in GAMMA.items():
            tiny["losses"]["focal"]["gamma"] = gamma
            project.params(tiny)
            if branch != "main":
                self.run("git", "switch", "-q", "-c", branch)
            self.commit()
        self.run("git", "switch", "-q", "main")

    def run(self, *command: str, may_fail: bool = False) -> str:
        """Runs a command of the user's."""
        environment = self.project.environment | NAMED | {"DVC_NO_ANALYTICS": "1"}
        ran = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=300)
        assert may_fail or ran.returncode == 0, f"{self.done}\n{' '.join(command)}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def commit(self) -> None:
        self.run("git", "add", "-A")
        self.run("git", "commit", "-q", "--allow-empty", "-m", f"step {len(self.done)}")

    def some_cell(self) -> Path | None:
        cells = sorted((self.root / "results" / "cells").glob("*"))
        return self.chance.choice(cells) if cells else None

    def experiment(self) -> list[str]:
        names = self.run("dvc", "exp", "list", "--name-only", "--all-commits").split()
        return [self.chance.choice(names)] if names else []

    # what may happen

    def dvc_checkout(self) -> None:
        self.run("dvc", "checkout", "--force", may_fail=True)

    def checkout_of_an_older_lock(self) -> None:
        self.commit()
        commits = self.run("git", "log", "--all", "--format=%H", "--", "dvc.lock").split()
        if commits:
            self.run("git", "checkout", "-q", self.chance.choice(commits), "--", "dvc.lock", may_fail=True)
            self.run("dvc", "checkout", "--force", may_fail=True)

    def exp_run(self) -> None:
        self.run("dvc", "exp", "run", "-S", f"methods.autoloss.every={self.chance.choice(EVERY)}", *self.stages)

    def exp_apply(self) -> None:
        self.commit()
        for name in self.experiment():
            self.run("dvc", "exp", "apply", name, may_fail=True)

    def exp_branch(self) -> None:
        self.commit()
        for name in self.experiment():
            self.run("dvc", "exp", "branch", name, f"from-{name}", may_fail=True)
            self.run("git", "switch", "-q", f"from-{name}", may_fail=True)

    def switch(self) -> None:
        self.commit()
        self.run("git", "switch", "-q", self.chance.choice(list(GAMMA)))

    def switch_with_checkout(self) -> None:
        self.switch()
        self.dvc_checkout()

    def all_cells_removed(self) -> None:
        shutil.rmtree(self.root / "results" / "cells", ignore_errors=True)

    def a_cell_removed(self) -> None:
        if cell := self.some_cell():
            shutil.rmtree(cell)

    def a_file_removed(self) -> None:
        if cell := self.some_cell():
            self.chance.choice(sorted(cell.iterdir())).unlink()

    def timings_removed(self) -> None:
        shutil.rmtree(self.root / "results" / "timing", ignore_errors=True)

    def push_and_pull(self) -> None:
        self.run("dvc", "push", may_fail=True)
        self.run("dvc", "pull", "--force", may_fail=True)

    def older_lock_pulled(self) -> None:
        self.run("dvc", "push", may_fail=True)
        self.checkout_of_an_older_lock()
        self.run("dvc", "pull", "--force", may_fail=True)

    def garbage_collected(self) -> None:
        self.run("dvc", "gc", "--workspace", "--force", may_fail=True)

    def cache_removed(self) -> None:
        shutil.rmtree(self.root / ".dvc" / "cache", ignore_errors=True)

    def lock_removed(self) -> None:
        (self.root / "dvc.lock").unlink(missing_ok=True)

    @property
    def stages(self) -> list[str]:
        return [] if HISTORIES else ["quality"]

    def repro(self) -> None:
        """The run after each step, and what must hold then."""
        self.run("dvc", "repro", *self.stages)
        undone = [row for row in self.project.plan() if row["state"] != "done"]
        assert all(row["kind"] == "timing" and self.stages for row in undone), f"{self.done}: {undone}"
        twice = [name for name, times in self.trainings().items() if times > 1]
        assert twice == [], f"{self.done}: {twice}"

    def trainings(self) -> Counter[str]:
        return Counter((self.root / "trainings").read_text().split())

    def outcomes(self) -> dict[str, dict]:
        """The metrics of every cell that was ever trained, but what they took."""
        files = sorted((self.root / "results" / "archive").glob("[!t]*/metrics.json"))
        return {file.parent.name: read_json(file)["test"] for file in files}

    def tables(self) -> dict[str, str]:
        """The tables without times."""
        names = ("overall", "overall-tests", "datasets")
        return {name: (self.root / "reports" / "tables" / f"{name}.csv").read_text() for name in names}


ACTIONS = [
    History.dvc_checkout, History.checkout_of_an_older_lock, History.exp_run, History.exp_run, History.exp_apply,
    History.exp_branch, History.switch, History.switch, History.switch_with_checkout, History.all_cells_removed,
    History.a_cell_removed, History.a_file_removed, History.timings_removed, History.push_and_pull,
    History.older_lock_pulled, History.garbage_collected, History.cache_removed, History.lock_removed,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(max(HISTORIES, 1)))
def test_whatever_happens_no_cell_is_trained_twice(seed, project, tiny, tmp_path_factory):
    chance = random.Random(seed)
    history = History(project, tiny, chance)
    history.repro()
    for action in chance.sample(ACTIONS, STEPS):
        history.done.append(action.__name__)
        action(history)
        history.repro()
    history.run("dvc", "repro")
    fresh = type(project)(tmp_path_factory.mktemp("undisturbed"))
    shutil.copy(project.root / "params.yaml", fresh.root)
    fresh.prepare()
    fresh.train()
    assert fresh.metrics() and fresh.metrics().items() <= history.outcomes().items()
    fresh.autoloss("report")
    history.root, mine = fresh.root, history.tables()
    assert history.tables() == mine
