"""The cluster on which jobs run, if Snakemake's profile names one."""

import os
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from autoloss.errors import UserError

PROFILE = "SNAKEMAKE_PROFILE"
_OPTIONS = {  # resources of the profile that decide which node a job gets, as srun calls them
    "slurm_partition": "--partition",
    "slurm_account": "--account",
    "constraint": "--constraint",
    "gres": "--gres",
}


def on_a_node() -> list[str] | None:
    """What to put before a command so that it runs on a node of the kind that jobs get; None without a cluster.

    Raises:
        UserError: the profile's file cannot be read, or is not valid YAML.
    """
    content = _content()
    if content.get("executor") != "slurm":
        return None
    listed = content.get("default-resources") or []
    if isinstance(listed, dict):
        listed = [f"{key}={value}" for key, value in listed.items()]
    pairs = (str(each).partition("=") for each in (listed if isinstance(listed, list) else [listed]))
    resources = {key: value.strip("'\"") for key, _, value in pairs}
    chosen = [f"{option}={resources[key]}" for key, option in _OPTIONS.items() if key in resources]
    return ["srun", "--quiet", "--ntasks=1", *chosen]


def _content() -> dict[str, Any]:
    """What the profile says; nothing if there is none."""
    profile = os.environ.get(PROFILE)
    file = _file(profile) if profile else None
    if file is None:
        return {}
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read ({error})") from None
    return content if isinstance(content, dict) else {}


def _file(profile: str) -> Path | None:
    """The file that Snakemake takes for a profile: a path, or a name in one of its own folders; None if there is none.

    Its function for this stands in its command line, whose import takes seconds.
    """
    from snakemake.common import get_appdirs

    dirs, here = get_appdirs(), Path(profile)
    named = [Path(folder, profile) for folder in (dirs.user_config_dir, dirs.site_config_dir)]
    for place in [here] if here.exists() else named:
        if place.is_file():
            return place
        if files := [file for file in place.glob("*.yaml") if 0 <= _version(file) <= _snakemake()]:
            return max(files, key=_version)
    return None


def _version(file: Path) -> int:
    """The least version of Snakemake that a profile's file is for: 8 for config.v8+.yaml, -1 for any other file."""
    found = re.fullmatch(r"(?:profile|config)(?:\.v(\d+)\+)?\.yaml", file.name)
    return int(found[1] or 0) if found else -1


def _snakemake() -> int:
    return int(version("snakemake").partition(".")[0])


def run(command: list[str]) -> None:
    """Runs a command on a node, without the profile: there it is as on any machine.

    Raises:
        UserError: Slurm is not here, or the command fails; with its last line.
    """
    environment = {key: value for key, value in os.environ.items() if key != PROFILE}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    except FileNotFoundError:
        raise UserError(f"{PROFILE} names a Slurm profile, but {command[0]} is not on PATH") from None
    if done.returncode:
        last = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise UserError(f"{' '.join(command[:2])} …: {last}")
