"""The other run's results: from a folder of this project, or from a commit."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from autoloss.cells import finished
from autoloss.cells.record import RECORD
from autoloss.errors import UserError
from autoloss.reporting.reproduced.record import FILE, Record, from_text, of_results

TABLES = "reports/tables"


@dataclass(frozen=True)
class Other:
    """Results of another run.

    Attributes:
        title: where they are from.
        record: its cells.
        tables: {name: csv text}.
    """

    title: str
    record: Record
    tables: dict[str, str]


def find(where: str, root: Path) -> Other:
    """The results in a folder or a commit.

    Args:
        where: a copy of this project, or anything that git takes for a commit.
        root: the folder of this project.

    Raises:
        UserError: it is neither, or has no results.
    """
    if Path(where).exists():
        return _in_folder(Path(where))
    found = committed(root, where)
    if found is None:
        raise UserError(f"{where}: neither a folder nor a commit that has {TABLES}/{FILE}; see `git log -- {TABLES}`")
    return found


def committed(root: Path, commit: str = "HEAD") -> Other | None:
    """The results that a commit has; None without the commit, or without results in it."""
    revision = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    text = revision and _git(root, "show", f"{revision}:./{TABLES}/{FILE}")
    if not revision or not text:
        return None
    names = (_git(root, "ls-tree", "--name-only", revision, f"{TABLES}/") or "").split()
    tables = {Path(name).stem: _git(root, "show", f"{revision}:./{name}") for name in names if name.endswith(".csv")}
    title = f"commit {revision[:8]}"
    return Other(title, from_text(text, f"{title}: {TABLES}/{FILE}"), {k: v for k, v in tables.items() if v})


def _in_folder(folder: Path) -> Other:
    cells = sorted((folder / "results" / "cells").glob(f"*/{RECORD}"))
    recorded = folder / TABLES / FILE
    if cells:
        record = of_results(finished.read(cell.parent) for cell in cells)
    elif recorded.is_file():
        record = from_text(recorded.read_text(), recorded)
    else:
        raise UserError(f"{folder}: has neither results/cells nor {TABLES}/{FILE}; expected a copy of this project")
    return Other(str(folder), record, {file.stem: file.read_text() for file in (folder / TABLES).glob("*.csv")})


def _git(root: Path, *arguments: str) -> str | None:
    """What a git command prints; None if it fails, as outside a repository."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except OSError:  # no git
        return None
    return done.stdout.rstrip("\n") + "\n" * (arguments[0] == "show") if done.returncode == 0 else None
