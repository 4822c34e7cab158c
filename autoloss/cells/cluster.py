"""The cluster on which jobs run, if Snakemake's profile names one."""

import os
import subprocess
from pathlib import Path

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
        UserError: the profile's file is not valid YAML.
    """
    profile = os.environ.get(PROFILE)
    files = sorted(Path(profile).glob("config*.yaml")) if profile else []
    try:
        content = yaml.safe_load(files[-1].read_text()) if files else None
    except yaml.YAMLError as error:
        raise UserError(f"{files[-1]}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict) or content.get("executor") != "slurm":
        return None
    listed = content.get("default-resources", [])
    pairs = listed.items() if isinstance(listed, dict) else (each.split("=", 1) for each in listed)
    resources = {key: str(value).strip("'\"") for key, value in pairs}
    chosen = [f"{option}={resources[key]}" for key, option in _OPTIONS.items() if key in resources]
    return ["srun", "--quiet", "--ntasks=1", *chosen]


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
