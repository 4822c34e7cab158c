"""A whole small project in a temporary folder: its own copy of the code, tiny parameters, its own results."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import undisturbed
import yaml

SOURCE = Path(__file__).parent.parent.parent
NAMED = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
TINY = {
    "scale": "demo",
    "threads": 1,
    "seeds": 2,
    "cells_per_job": 2,
    "datasets": {
        "clicks": {"use": "criteo", "task": "binary", "source": "synthetic", "rows": 2000, "threshold": 10},
        "ratings": {"use": "movielens", "task": "multiclass", "n_classes": 5, "source": "synthetic", "rows": 2000},
    },
    "losses": {"cross_entropy": {}, "focal": {"gamma": 2.0}},
    "models": {"deepfm": {"dim": 4, "mlp": [8], "dropout": 0.1}},
    "methods": {
        "ce": {"use": "fixed", "losses": ["cross_entropy"]},
        "focal": {"use": "fixed", "losses": ["focal"]},
        "autoloss": {"losses": ["focal", "cross_entropy"], "warmup": 2, "every": 2},
    },
    "training": {"paper": {"batch_size": 200, "epochs": 2, "evaluations_per_epoch": 2, "keep_model": "first seed"}},
    "experiments": {"overall": {"datasets": ["ratings"], "models": ["deepfm"], "methods": ["ce", "focal", "autoloss"]}},
}


class Project:
    """A copy of the project, and what a user does with it."""

    def __init__(self, root: Path):
        self.root = root
        shutil.copytree(SOURCE / "autoloss", root / "autoloss", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(SOURCE / "workflow", root / "workflow")
        shutil.copytree(SOURCE / "reports" / "paper", root / "reports" / "paper")
        shutil.copytree(SOURCE / "shipped", root / "shipped")
        shutil.copy(SOURCE / "dvc.yaml", root)
        self.params(TINY)

    def params(self, params: dict) -> None:
        """Writes params.yaml."""
        (self.root / "params.yaml").write_text(yaml.safe_dump(params))

    @property
    def environment(self) -> dict[str, str]:
        """That of this test, with this copy of the code first."""
        scripts = str(Path(sys.executable).parent)
        kept = {k: v for k, v in os.environ.items() if k not in ("SNAKEMAKE_PROFILE", "MLFLOW_TRACKING_URI")}
        return kept | {"PYTHONPATH": str(self.root), "PATH": os.pathsep.join([scripts, os.environ["PATH"]])}

    def command(self, *arguments: str) -> list[str]:
        """`autoloss …` in this environment."""
        return [sys.executable, "-m", "autoloss.cli.main", *arguments]

    def start(self, *arguments: str) -> subprocess.Popen:
        """Starts `autoloss …` in a session of its own, so that all of it can be killed."""
        return subprocess.Popen(
            self.command(*arguments), cwd=self.root, env=self.environment, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def autoloss(self, *arguments: str, fails: bool = False) -> str:
        """Runs `autoloss …`; returns what it printed."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def run(self, *command: str, fails: bool = False) -> str:
        """Runs a program in the project's folder; returns what it printed."""
        done = subprocess.run(
            command, cwd=self.root, env=self.environment | NAMED, capture_output=True, text=True, timeout=300
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout

    def dvc(self, *arguments: str, fails: bool = False) -> str:
        """Runs `dvc …`; returns what it printed."""
        return self.run(sys.executable, "-m", "dvc", *arguments, fails=fails)

    def repository(self) -> None:
        """Makes it a git repository with DVC, and commits the code."""
        (self.root / ".gitignore").write_text("/data/\n/results/\n/logs/\n/reports/\n__pycache__/\n")
        self.run("git", "init", "-q")
        self.dvc("init", "-q")
        self.run("git", "add", "-A")
        self.run("git", "commit", "-q", "-m", "start")

    def prepare(self) -> None:
        """Encodes the datasets that params.yaml uses."""
        self.autoloss("data", "prepare")

    def plan(self) -> list[dict]:
        """What `autoloss plan --json` says."""
        return json.loads(self.autoloss("plan", "--json"))

    def missing(self) -> list[str]:
        """Titles with seeds of the cells that would train, sorted."""
        return sorted(f"{row['method']} {row['seed']}" for row in self.plan() if row["state"] != "done")

    def train(self) -> None:
        """Trains what is missing in this process's child, without Snakemake."""
        missing = [row["cell"] for row in self.plan() if row["state"] != "done"]
        if missing:
            self.autoloss("train", *missing)

    def metrics(self) -> dict[str, dict]:
        """The test metrics of the cells that are there, by id."""
        files = (self.root / "results" / "cells").glob("*/metrics.json")
        return {file.parent.name: json.loads(file.read_text()).get("test") for file in files}

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces text in a file of this copy."""
        path = self.root / file
        assert old in path.read_text(), f"{old!r} is not in {file}"
        path.write_text(path.read_text().replace(old, new, 1))


@pytest.fixture
def project(tmp_path) -> Project:
    """A fresh project without data."""
    return Project(tmp_path)


@pytest.fixture(scope="session")
def _trained(tmp_path_factory) -> Path:
    made = Project(tmp_path_factory.mktemp("trained"))
    made.prepare()
    made.train()
    return made.root


@pytest.fixture
def trained(_trained, tmp_path) -> Project:
    """A project whose cells are all there (a copy: to be edited at will)."""
    root = tmp_path / "copy"
    shutil.copytree(_trained, root, symlinks=True)
    copy = object.__new__(Project)
    copy.root = root
    return copy


@pytest.fixture(scope="session")
def at_peace(tmp_path_factory) -> undisturbed.Undisturbed:
    """A project with every kind of cell that nothing has disturbed, and copies of it before each stage."""
    folder = tmp_path_factory.mktemp("at-peace")
    return undisturbed.made(Project(folder / "project"), json.loads(json.dumps(TINY)), folder)


@pytest.fixture
def tiny() -> dict:
    """The tiny parameters, to be changed."""
    return json.loads(json.dumps(TINY))
