"""Whether a store has everything already, found out without MLflow, which takes longer to import than to ask.

A complete import leaves a mark, a tag of the experiment: a digest of what it was to bring (cells, plan, code) and of
what the store then held (runs, tags, registered models). While both are as they were, another import changes nothing.
Only a database can be asked; a server, or the tables of another version of MLflow, gets the import itself.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from autoloss import registry
from autoloss.cells.cell import damage
from autoloss.cells.pace import paces
from autoloss.cells.record import RECORD
from autoloss.tracking import owner, probe, project, runs
from autoloss.tracking.patience import PATIENCE, Caller

MARK = "autoloss.imported."
# what an import looks at, besides the experiment and its tags; registered models are few, and belong to no experiment
_ACTIVE = "SELECT run_uuid FROM runs WHERE experiment_id = :experiment AND lifecycle_stage = 'active'"
_LOOKED_AT = (
    "SELECT * FROM runs WHERE experiment_id = :experiment AND lifecycle_stage = 'active'",
    f"SELECT * FROM tags WHERE run_uuid IN ({_ACTIVE})",
    "SELECT * FROM registered_model_aliases",
    "SELECT * FROM model_version_tags",
)


@dataclass(frozen=True)
class Wanted:
    """What an import is to bring: how many cells, and a digest of them, of the plan, and of the code that imports."""

    cells: int
    digest: str


@dataclass(frozen=True)
class Stored:
    """What a store holds.

    Attributes:
        runs: ids of the experiment's active runs.
        running: whether one of them is being written.
        digest: of all that an import looks at.
        marks: by key, those that complete imports have left, one for each folder.
    """

    runs: set[str]
    running: bool
    digest: str
    marks: dict[str, str]


def recorded(results: Path, current_ids: set[str] | None, uri: str, root: Path) -> int | None:
    """How many cells the store has, if it has them all and an import would change nothing; else None.

    Args:
        results, current_ids, uri, root: as in `autoloss.tracking.sync`.

    Raises:
        UserError: the store cannot be used.
    """
    caller = Caller()
    try:
        there = caller.call(PATIENCE, _checked, uri, root)
    except Exception as error:  # a driver may raise anything
        raise probe.explained(error, uri) from error
    finally:
        caller.close()
    if there is None or key(root) not in there.marks:
        return None
    expected = wanted(results, current_ids, root)
    return expected.cells if expected and there.marks[key(root)] == mark(expected, there) else None


def _checked(uri: str, root: Path) -> Stored | None:
    return None if probe.check(probe.located(uri, root)[0]) else stored(uri, root)


def wanted(results: Path, current_ids: set[str] | None, root: Path) -> Wanted | None:
    """What an import now is to bring; None while a cell is in training or damaged, which an import has to tell."""
    if paces(results / "scratch"):
        return None
    about = [_code(), version("mlflow"), "no plan" if current_ids is None else " ".join(sorted(current_ids))]
    folders = runs.folders(results)
    for folder in folders:
        if damage(folder, root):
            return None
        about.append(hashlib.sha256((folder / RECORD).read_bytes()).hexdigest())  # its seal covers the other files
    return Wanted(len({folder.name for folder in folders}), _digest(about))


def stored(uri: str, root: Path) -> Stored | None:
    """What the project's experiment holds; None if that cannot be told from the tables of a database."""
    engine = probe.database(probe.located(uri, root)[0])
    if engine is None:
        return None
    try:
        with engine.connect() as connection:
            return _read(connection, project(root))
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def _read(connection: Connection, name: str) -> Stored | None:
    about = "SELECT experiment_id, artifact_location, lifecycle_stage FROM experiments WHERE name = :name"
    found = connection.execute(text(about), {"name": name}).all()
    if len(found) != 1:
        return None
    experiment = {"experiment": found[0].experiment_id}
    tags = connection.execute(text("SELECT * FROM experiment_tags WHERE experiment_id = :experiment"), experiment).all()
    tables = [connection.execute(text(query), experiment).all() for query in _LOOKED_AT]
    unmarked = [tag for tag in tags if not tag.key.startswith(MARK)]
    return Stored(
        runs={run.run_uuid for run in tables[0]},
        running=any(run.status == "RUNNING" for run in tables[0]),
        digest=_digest(line for table in (found, unmarked, *tables) for line in ["", *sorted(map(repr, table))]),
        marks={tag.key: tag.value for tag in tags if tag.key.startswith(MARK)},
    )


def key(root: Path) -> str:
    """The tag in which a project keeps its mark: clones that share an experiment have one each."""
    return MARK + _digest([owner(root)])[:12]


def mark(expected: Wanted, there: Stored) -> str:
    """What a complete import leaves."""
    return _digest([expected.digest, there.digest])


def _code() -> str:
    """Digest of this package: whatever is edited in it, the next import looks at everything."""
    return _digest(hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(registry.PACKAGE.rglob("*.py")))


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
