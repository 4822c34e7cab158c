"""Finds a Python environment that satisfies requirements.lock, or creates one in .venv.

Run as a plain script by any Python from 3.11 on, with nothing installed; prints the environment's interpreter.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OURS = ROOT / ".venv" / "bin" / "python"
PARTS = ("abcdefghijklm", "nopqr", "stuvwxyz")  # initials of packages; each part takes about as long to install
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
    pins = [line.split("==") for line in _lines()]
    listed = subprocess.run([python, "-I", "-c", _LIST], capture_output=True, text=True)
    # a local version (torch's +cpu, +cu130) satisfies the public one; a broken interpreter lists nothing
    there = {_normal(name): version.partition("+")[0] for name, version in map(str.split, listed.stdout.splitlines())}
    return [f"{name}=={version}" for name, version in pins if there.get(_normal(name)) != version]


def _create() -> Path:
    def step(*command: str | Path) -> None:
        subprocess.run(command, check=True, stdout=sys.stderr, cwd=ROOT)

    print(f"installing {len(missing(OURS)) if OURS.exists() else 'all'} packages into .venv …", file=sys.stderr)
    if making := _making():
        step(*making)
    # Modules are compiled when they are first imported, as most of them never are (the Makefile sees to it).
    pip = (OURS, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    # pip uses one core, so several share the work. Packages that write the same files (mlflow, mlflow-skinny) have the
    # same initial.
    parts = [[line for line in _lines() if line[0].lower() in initials] for initials in PARTS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda part: step(*pip, "--no-deps", *part), parts))
    step(*pip, "--no-build-isolation", "-e", ".")  # with what the lines above do not name: libraries of torch for a GPU
    if lines := missing(OURS):
        sys.exit(f"error: .venv still lacks {', '.join(lines)}: remove .venv and try again")
    return OURS


def _making() -> tuple[str | Path, ...]:
    """The command that makes .venv, or mends one that packages cannot be installed into; empty if they can.

    An environment whose making was cut short, or whose Python is gone, is cleared. One that merely lacks pip, as other
    programs make them, keeps what is in it.
    """
    folder = OURS.parent.parent
    has_pip = _succeeds(OURS, "-m", "pip", "--version")
    if not (folder / "pyvenv.cfg").is_file():
        if OURS.exists() and not has_pip:
            sys.exit(f"error: {folder} has no pip, and venv did not make it: move it away and try again")
        return () if OURS.exists() else (sys.executable, "-m", "venv", folder)
    if not (_succeeds(OURS, "-c", "") and (OURS.parent / "activate").is_file()):  # the last that venv writes
        print(f"{folder} is half-made, or its Python is gone: it is made anew", file=sys.stderr)
        return sys.executable, "-m", "venv", "--clear", folder
    return () if has_pip else (OURS, "-m", "ensurepip", "--default-pip")


def _succeeds(*command: str | Path) -> bool:
    return Path(command[0]).exists() and subprocess.run(command, capture_output=True).returncode == 0


def _lines() -> list[str]:
    return [line for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    try:
        print(find())
    except subprocess.CalledProcessError as failure:
        sys.exit(f"error: exit status {failure.returncode} from {' '.join(map(str, failure.cmd[:5]))} …")
