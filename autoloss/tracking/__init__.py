"""Cells → MLflow. MLflow is a view of the cell directories: if its store is lost, one `sync` rebuilds it."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "DEFAULT_URI",
    "NAME",
    "Synced",
    "owner",
    "prepare_environment",
    "project",
    "store_uri",
    "summed_up",
    "sync",
]
DEFAULT_URI = "sqlite:///mlflow.db"
NAME = "MLFLOW_EXPERIMENT_NAME"
Progress = Callable[[str, int, int], None]

# Quiet, impatient, no telemetry, no pickle.
# Values that the user has set are kept, except for the last two.
_DEFAULTS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "8",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}
_ALWAYS = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_UV_AUTO_DETECT": "false"}


@dataclass
class Synced:
    """What a sync did.

    Attributes:
        uri: the store, without a password.
        table: where its UI shows the table of runs, below the server's address.
        imported: cells that were missing in the store, incomplete there, or had other numbers.
        unchanged: cells that it had already.
        returned, superseded: older runs whose tag `cell.current` became true, or false.
        summaries: summary runs created or changed.
        models: names of the models logged.
        unreadable: one line for each cell directory that could not be imported, or whose weights do not load.
    """

    uri: str
    table: str
    imported: int = 0
    unchanged: int = 0
    returned: int = 0
    superseded: int = 0
    summaries: int = 0
    models: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def prepare_environment() -> None:
    """Sets what mlflow reads from the environment on import; call it before the first import of mlflow."""
    os.environ.update({k: v for k, v in _DEFAULTS.items() if k not in os.environ} | _ALWAYS)


def project(root: Path) -> str:
    """The project's name: that of its experiment and the start of its models' names; default: the folder's name."""
    return os.environ.get(NAME) or root.resolve().name


def owner(root: Path) -> str:
    """Who fills an experiment: this host and the project's folder."""
    return f"{socket.gethostname()}:{root}"


def store_uri() -> str:
    """The store that the environment names, or the default."""
    return os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI


def summed_up(lines: list[str], shown: int) -> str:
    """The first lines, and how many more there are: cells of another version come in hundreds."""
    more = f"; and {len(lines) - shown} more" if len(lines) > shown else ""
    return "; ".join(lines[:shown]) + more


def sync(
    cells_root: Path,
    current_ids: set[str] | None = None,
    uri: str | None = None,
    root: Path = Path("."),
    progress: Progress = lambda text, done, total: None,
) -> Synced:
    """Brings an MLflow store up to date with the cell directories. Idempotent.

    Args:
        cells_root: folder in which every directory that holds cell.json and metrics.json is a cell, at any depth.
        current_ids: ids of the cells in the plan; any other run gets the tag `cell.current` = false.
            None: no plan is known, and the tags stay as they are.
        uri: the store; default: `store_uri()`.
        root: the project's folder; relative sqlite paths start there.
        progress: called with (what is being done, how many are done, how many in all).

    Raises:
        UserError: the store cannot be used, whatever the reason; after at most some ten seconds of silence.
    """
    prepare_environment()
    from autoloss.tracking.importer import bring_up_to_date  # imports mlflow, which reads the environment as it loads

    return bring_up_to_date(cells_root, current_ids, uri or store_uri(), root.resolve(), progress)
