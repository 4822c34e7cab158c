"""Finds a Python environment that satisfies requirements.lock, or creates one in .venv.

Run as a plain script by any Python from 3.11 on, with nothing installed; prints the environment's interpreter.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OURS = ROOT / ".venv" / "bin" / "python"
_LIST = "from importlib.metadata import distributions as d\nfor x in d(): print(x.name, x.version)"


def find() -> Path:
    """The interpreter of the first complete environment: .venv, the active one, this Python's; else of a new .venv."""
    active = os.environ.get("VIRTUAL_ENV")
    for python in (OURS, Path(active, "bin", "python") if active else None, Path(sys.executable)):
        if python and python.exists() and not missing(python):
            return python
    return _create()


def missing(python: Path) -> list[str]:
    """The lines of requirements.lock that the environment of `python` does not satisfy."""
    pins = [line.split("==") for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    listed = subprocess.run([python, "-I", "-c", _LIST], capture_output=True, text=True)
    # a local version (torch's +cpu, +cu130) satisfies the public one; a broken interpreter lists nothing
    there = {_normal(name): version.partition("+")[0] for name, version in map(str.split, listed.stdout.splitlines())}
    return [f"{name}=={version}" for name, version in pins if there.get(_normal(name)) != version]


def _create() -> Path:
    def step(*command: str | Path) -> None:
        subprocess.run(command, check=True, stdout=sys.stderr, cwd=ROOT)

    print(f"installing {len(missing(OURS)) if OURS.exists() else 'all'} packages into .venv …", file=sys.stderr)
    if not OURS.exists():
        step(sys.executable, "-m", "venv", ".venv")
    pip = (OURS, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    step(*pip, "-r", LOCK)
    step(*pip, "--no-build-isolation", "--no-index", "-e", ".[pipeline,test,dev]")  # all of it is installed by now
    # Compiled here, on all cores: pip uses one. Where Python writes no bytecode, each of hundreds of processes would
    # otherwise compile every module again. Like pip, this ignores files that do not compile.
    compiler = [OURS, "-m", "compileall", "-q", "-j", "0", OURS.parents[1] / "lib"]
    subprocess.run(compiler, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    if lines := missing(OURS):
        sys.exit(f"error: .venv still lacks {', '.join(lines)}: remove .venv and try again")
    return OURS


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    try:
        print(find())
    except subprocess.CalledProcessError as failure:
        sys.exit(f"error: exit status {failure.returncode} from {' '.join(map(str, failure.cmd[:5]))} …")
