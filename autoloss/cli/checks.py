"""The checks of `autoloss doctor`. None of them changes anything."""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autoloss.errors import UserError

LITTLE = 5e9  # bytes on disk below which it is worth a note
# when two clones have trained different cells
MERGE = "git checkout --theirs dvc.lock && dvc pull --force quality timing && dvc repro"


@dataclass(frozen=True)
class Finding:
    """What a check has found: `what` was checked, its state, in words, and the cure if there is something to cure."""

    what: str
    state: Literal["ok", "note", "problem"]
    text: str
    cure: str = ""


def environment(root: Path) -> Finding:
    """Whether the installed packages are those of requirements.lock."""
    from autoloss import environment

    version = ".".join(map(str, sys.version_info[:3]))
    if not environment.LOCK.is_file():
        return Finding("environment", "note", f"Python {version}; there is no requirements.lock to compare with")
    lacking = environment.missing(Path(sys.executable))
    if not lacking:
        return Finding("environment", "ok", f"Python {version}, packages as in requirements.lock")
    shown = ", ".join(lacking[:3]) + (", …" if lacking[3:] else "")
    text = f"Python {version}, {len(lacking)} packages differ from requirements.lock ({shown})"
    return Finding("environment", "note", text, "`make env` makes an environment that has them all")


def parameters(root: Path) -> Finding:
    """Whether params.yaml can be read, and has the keys without which DVC stops ("Could not find 'scale'")."""
    from autoloss.config import load
    from autoloss.config.read import read

    if not (root / "params.yaml").is_file():
        return Finding("params.yaml", "problem", f"not in {root.absolute()}", "Go to the project's folder")
    try:
        config = load(root / "params.yaml")
    except UserError as error:
        return Finding("params.yaml", "problem", str(error), "Correct that line")
    if lacking := _needed_by_dvc(root) - read(root / "params.yaml").keys():
        text = f"{', '.join(sorted(lacking))} not given, which dvc.yaml reads"
        return Finding("params.yaml", "problem", text, f"Add it, such as `scale: {config.scale}`")
    return Finding("params.yaml", "ok", f"scale {config.scale}, {len(config.experiments)} experiments")


def _needed_by_dvc(root: Path) -> set[str]:
    """The keys of params.yaml that dvc.yaml names; whatever else is left out has its default."""
    import yaml

    if not (root / "dvc.yaml").is_file():
        return set()
    text = (root / "dvc.yaml").read_text("utf-8")
    stages = yaml.safe_load(text)["stages"].values()
    listed = {name for stage in stages for name in stage.get("params", ()) if isinstance(name, str)}
    return listed | set(re.findall(r"\$\{(?!item\b)(\w+)", text))


def data(root: Path) -> Finding:
    """Whether the datasets that are in use have been prepared."""
    from autoloss.cells import known
    from autoloss.config import load

    try:
        config = load(root / "params.yaml")
        used, missing = config.used_datasets(), known.not_yet_encoded(config, root)
    except UserError as error:
        return Finding("data", "problem", str(error))
    if not missing:
        return Finding("data", "ok", f"{len(used)} datasets prepared")
    cure = "`dvc repro data` prepares them, `autoloss data prepare NAME` one"
    return Finding("data", "note", f"not prepared: {', '.join(missing)}", cure)


def disk(root: Path) -> Finding:
    """Whether there is room."""
    free = shutil.disk_usage(root).free
    text = f"{free / 1e9:,.1f} GB free"
    if free >= LITTLE:
        return Finding("disk", "ok", text)
    cure = "Criteo needs about 30 GB; while nothing runs, data/raw/synthetic and data/work may be removed"
    return Finding("disk", "note", text, cure)


def locks(root: Path) -> Finding:
    """Which locks are held at this moment. A lock file that no process holds is harmless."""
    from autoloss.cells.running import is_held
    from autoloss.cli.foreign_locks import keeps_locks_to_itself

    files = [*(root / "results").rglob("*.lock"), *(root / "data" / "locks").glob("*.lock")]
    held = sorted(str(path) for path in files if is_held(path))
    mounts = Path("/proc/mounts")
    if mounts.is_file() and (mount := keeps_locks_to_itself(root, mounts.read_text("utf-8", "replace"))):
        cure = "Train in this folder on one machine at a time, or mount it without"
        return Finding("locks", "note", f"{mount}: machines that share it do not see each other's", cure)
    if not held:
        return Finding("locks", "ok", "none is held")
    cure = "A run is going on: wait for it. `fuser FILE` names the process"
    return Finding("locks", "note", f"held: {', '.join(held[:3])}{', …' if held[3:] else ''}", cure)


def device(root: Path) -> Finding:
    """Whether GPUs are visible, whether torch can use them, and whether params.yaml asks for one that is not there."""
    from autoloss.cells import gpu
    from autoloss.config import load

    there = gpu.visible()
    try:
        asked = load(root / "params.yaml").device
    except UserError:
        asked = "auto"
    if asked == "cuda" and not there:
        return Finding("GPU", "problem", "params.yaml says device: cuda, but there is none", "Set device: auto")
    if there and asked != "cpu" and not gpu.torch_knows_gpus():
        state = "problem" if asked == "cuda" else "note"
        cure = "Install a torch that is built for CUDA, or set device: cpu"
        return Finding("GPU", state, f"{len(there)} visible, but this torch is built for the processor alone", cure)
    return Finding("GPU", "ok", f"{len(there)} visible, device: {asked}")


def store(root: Path) -> Finding:
    """Whether the MLflow store can be reached: tried once, for seconds."""
    from autoloss.tracking import probe, store_uri
    from autoloss.tracking.patience import PATIENCE, Caller

    uri, file = probe.located(store_uri(), root)
    shown = probe.shown(uri)
    if file and not file.is_file():
        return Finding("MLflow", "ok", f"{file} is not there yet; `autoloss track` makes it")
    if file and not os.access(file, os.W_OK):
        return Finding("MLflow", "problem", f"{file} cannot be written", "Change its permissions")
    try:
        Caller().call(PATIENCE, probe.check, uri)
    except Exception as error:
        text = str(probe.explained(error, uri)).removeprefix("MLflow store ")
        cure = "Results stand without it; without MLFLOW_TRACKING_URI, the store is a file here"
        return Finding("MLflow", "problem", text, cure)
    if not probe.can_check(uri):
        return Finding("MLflow", "note", f"{shown}: of a kind that is not tried here", "`autoloss track` tries it")
    return Finding("MLflow", "ok", f"{file}, {file.stat().st_size / 1e6:,.1f} MB" if file else f"{shown} answers")


def git(root: Path) -> Finding:
    """Whether the project is a git repository, which DVC needs."""
    from subprocess import run

    try:
        inside = run(["git", "rev-parse", "--is-inside-work-tree"], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        return Finding("git", "problem", "not installed", "Install git: DVC needs it")
    if inside.stdout.strip() != "true":
        cure = "`git init`: DVC needs a repository; a zip download is not one"
        return Finding("git", "problem", f"{root.absolute()} is not a git repository", cure)
    return Finding("git", "ok", "a repository")


def dvc(root: Path) -> Finding:
    """Whether DVC is set up, not in conflict and not locked."""
    from autoloss.cli import foreign_locks

    lock_file = root / "dvc.lock"
    if not (root / ".dvc").is_dir():
        return Finding("DVC", "problem", "there is no .dvc folder", "`dvc init`")
    if lock_file.is_file() and "<<<<<<<" in lock_file.read_text("utf-8", "replace"):
        cure = f"`{MERGE}`: nothing is trained again"
        return Finding("DVC", "problem", "dvc.lock has a merge conflict", cure)
    if holders := foreign_locks.held_by_dvc(root):
        cure = f"If no dvc command runs on any machine that shares this folder: rm {root / foreign_locks.RWLOCK}"
        return Finding("DVC", "note", f"a dvc command is running, or was killed: {holders}", cure)
    if not lock_file.is_file():
        return Finding("DVC", "ok", "nothing has been run yet; `dvc repro` runs everything")
    return Finding("DVC", "ok", "set up; `dvc status` compares every file")


CHECKS = (environment, parameters, data, disk, locks, device, store, git, dvc)
