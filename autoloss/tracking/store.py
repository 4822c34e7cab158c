"""An MLflow store: found by its URI, locked by one writer at a time, written in few large requests."""

import logging
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow import MlflowClient
from mlflow.entities import Experiment, Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.validation import MAX_METRICS_PER_BATCH, MAX_PARAMS_TAGS_PER_BATCH
from sqlalchemy import Engine, event

from autoloss.errors import UserError
from autoloss.files import lock
from autoloss.tracking import NAME, Progress, owner, probe, project
from autoloss.tracking.patience import BYTES_PER_SECOND, PATIENCE, Caller, Patient
from autoloss.tracking.runs import Point

_KIND = {"mlflow.experimentKind": "custom_model_development"}  # so that the UI opens on runs and charts without asking
_PAGE = 500  # runs in one answer
_CREATION = 120  # seconds for MLflow's tables, which it makes in dozens of steps
OWNER = "autoloss.project"  # a tag of the experiment: the host and the folder that fill it


class Store:
    """The project's experiment in an MLflow store, open for writing.

    Attributes:
        shown: the store's URI, without a password.
        client: MLflow's; every call is given up after a time.
        shared: whether others may write at the same time.
        owner: this project's host and folder.
        present: ids of the experiment's runs, as far as this process knows.
        experiment_id, experiment_tags: of the experiment.
        project: its name, as registered models carry it.
    """

    def __init__(self, uri: str, root: Path, client: MlflowClient, experiment: Experiment):
        self.shown, self.shared = probe.shown(uri), probe.located(uri, root)[1] is None
        self.owner, self.client = owner(root), client
        self.present: set[str] = set()
        self.experiment_id, self.experiment_tags = experiment.experiment_id, dict(experiment.tags)
        self.project = re.sub(r"[^\w.-]+", "-", experiment.name).strip("-")

    def runs(self) -> list[Run]:
        """All runs with their parameters, tags and last metrics, in as few requests as the store allows."""
        runs, token = [], None
        while True:
            page = self.client.search_runs([self.experiment_id], max_results=_PAGE, page_token=token)
            runs += page
            token = page.token
            if not token:
                self.present = {run.info.run_id for run in runs}
                return runs

    def tag_experiment(self, tags: dict[str, str]) -> None:
        """Sets the tags of the experiment that differ from these."""
        for key, value in tags.items():
            if self.experiment_tags.get(key) != value:
                self.client.set_experiment_tag(self.experiment_id, key, value)

    def create(self, name: str, tags: dict[str, str], start: int) -> str:
        """Creates a run and returns its id."""
        run_id = self.client.create_run(self.experiment_id, start, tags, name).info.run_id
        self.present.add(run_id)
        return run_id

    def log(self, run_id: str, params: dict[str, str], points: Iterable[Point]) -> None:
        """Writes parameters and metrics in the largest batches that MLflow accepts."""
        waiting_params = iter([Param(k, v) for k, v in params.items()])
        waiting = (Metric(p.key, p.value, p.time, p.step) for p in points)
        while True:
            some = list(islice(waiting_params, MAX_PARAMS_TAGS_PER_BATCH))
            metrics = list(islice(waiting, MAX_METRICS_PER_BATCH - len(some)))
            if not some and not metrics:
                return
            self.client.log_batch(run_id, metrics, some)

    def artifacts(self, run_id: str, folder: Path) -> None:
        """Copies the files of a folder to the run."""
        self.client.log_artifacts(run_id, str(folder))

    def finish(self, run_id: str, end: int) -> None:
        """Closes the run at the time `end` (ms since 1970)."""
        self.client.set_terminated(run_id, end_time=end)

    def tag(self, run_id: str, tags: dict[str, str]) -> None:
        """Sets tags."""
        self.client.log_batch(run_id, tags=[RunTag(k, v) for k, v in tags.items()])

    def delete(self, run_id: str) -> None:
        """Deletes the run (MLflow keeps it among the deleted runs until `mlflow gc`)."""
        self.client.delete_run(run_id)
        self.present.discard(run_id)


@contextmanager
def opened(uri: str, root: Path, progress: Progress) -> Iterator[Store]:
    """The store and its experiment, while this process is the only one of the project that writes to it.

    Raises:
        UserError: the store cannot be used, or fails during writing, whatever the reason.
    """
    logging.getLogger("alembic").setLevel(logging.ERROR)
    given, (uri, file) = uri, probe.located(uri, root)
    caller = Caller()
    try:
        fresh = caller.call(PATIENCE, probe.check, uri)
        with _alone(file or root / "mlflow.db", progress), _unhurried():
            if fresh:
                progress("creating the tables", 0, 0)
            if file and not file.exists():
                caller.call(_CREATION, _create, file)
            made = caller.call(_CREATION if fresh else PATIENCE, MlflowClient, uri)
            client = cast(MlflowClient, Patient(made, caller, _allowed))
            experiment = _experiment(client, file, root)
            caller.call(PATIENCE, get_artifact_repository, experiment.artifact_location, uri)  # needs its own driver
            yield Store(given, root, client, experiment)
    except Exception as error:  # MLflow, a driver or the disk: none of them concerns the results
        raise probe.explained(error, given) from error
    finally:
        caller.close()


def _create(file: Path) -> None:
    """Makes a database with MLflow's tables, whole or not at all: a half-made one could never be used."""
    partial = file.with_name(f"{file.name}.partial")
    for left in file.parent.glob(f"{partial.name}*"):  # by a killed import, with its journal
        left.unlink()
    MlflowClient(f"{probe.SQLITE}{partial}")
    os.replace(partial, file)


def _allowed(method: str, args: tuple) -> float:
    """Seconds for a call: a large model takes longer to upload than a tag."""
    if method not in ("log_artifacts", "log_model_artifacts"):
        return PATIENCE
    return PATIENCE + sum(f.stat().st_size for f in Path(args[1]).rglob("*") if f.is_file()) / BYTES_PER_SECOND


@contextmanager
def _alone(file: Path, progress: Progress) -> Iterator[None]:
    """Holds a lock that ends with the process, however it ends; a second writer of this project waits."""
    with lock(file.with_name(f"{file.name}.lock"), waiting=lambda: progress("waiting for another import", 0, 0)):
        yield


@contextmanager
def _unhurried() -> Iterator[None]:
    """Lets sqlite leave the time of disk writes to the system: an import makes thousands of small commits.

    A killed import loses nothing by this; what a crash of the machine could spoil is rebuilt from the cells.
    """

    def set_pragma(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", set_pragma)
    try:
        yield
    finally:
        event.remove(Engine, "connect", set_pragma)


def _experiment(client: MlflowClient, file: Path | None, root: Path) -> Experiment:
    """The project's experiment, created if it is missing."""
    name = project(root)
    found = client.get_experiment_by_name(name)
    if found is None:
        artifacts = file.with_name("mlartifacts").as_uri() if file else None
        try:
            return client.get_experiment(client.create_experiment(name, artifacts, {**_KIND, OWNER: owner(root)}))
        except MlflowException as error:
            found = client.get_experiment_by_name(name)  # another import has just created it
            if found is None:
                raise error
    if found.lifecycle_stage != "active":
        client.restore_experiment(found.experiment_id)
    if file:
        _check_place(file, found)
    elif found.tags.get(OWNER, owner(root)) != owner(root) and NAME not in os.environ:
        raise UserError(
            f"the experiment {name} belongs to {found.tags[OWNER]}: "
            f"name yours by {NAME}=NAME (by {NAME}={name} if both are one project)"
        )
    return found


def _check_place(file: Path, experiment: Experiment) -> None:
    if experiment.artifact_location.startswith("file:"):
        place = Path(url2pathname(urlsplit(experiment.artifact_location).path))
        if place != file.with_name("mlartifacts") and not place.exists():
            hint = "remove it and run `autoloss track` to rebuild it"
            raise UserError(f"{file}: created elsewhere (its artifacts are in {place}); {hint}")
