"""The other run's results: from a folder of this project, or from a commit."""

from dataclasses import dataclass
from pathlib import Path

from autoloss import git
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
    revision = git.commit(root, commit)
    text = revision and git.output(root, "show", f"{revision}:./{TABLES}/{FILE}")
    if not revision or not text:
        return None
    names = (git.output(root, "ls-tree", "--name-only", revision, f"{TABLES}/") or "").split()
    files = [name for name in names if name.endswith(".csv")]
    tables = {Path(name).stem: git.output(root, "show", f"{revision}:./{name}") for name in files}
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
