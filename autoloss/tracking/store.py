"""An MLflow store: found by its URI, locked by one writer at a time, written in few large requests."""

import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
import requests
from mlflow import MlflowClient
from mlflow.entities import Experiment, Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.validation import MAX_METRICS_PER_BATCH, MAX_PARAMS_TAGS_PER_BATCH
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from autoloss.errors import UserError
from autoloss.files import lock
from autoloss.tracking import EXPERIMENT, Progress
from autoloss.tracking.runs import Point

_SQLITE = "sqlite:///"
_KIND = {"mlflow.experimentKind": "custom_model_development"}  # so that the UI opens on runs and charts without asking


class Store:
    """The experiment `autoloss` of an MLflow store, open for writing."""

    def __init__(self, shown: str, experiment: Experiment, client: MlflowClient):
        self.shown, self.client = shown, client
        self.experiment_id, self.experiment_tags = experiment.experiment_id, dict(experiment.tags)

    def runs(self) -> list[Run]:
        """All runs with their parameters, tags and last metrics, in as few requests as the store allows."""
        runs, token = [], None
        while True:
            page = self.client.search_runs([self.experiment_id], max_results=5000, page_token=token)
            runs += page
            token = page.token
            if not token:
                return runs

    def tag_experiment(self, tags: dict[str, str]) -> None:
        """Sets the tags of the experiment that differ from these."""
        for key, value in tags.items():
            if self.experiment_tags.get(key) != value:
                self.client.set_experiment_tag(self.experiment_id, key, value)

    def create(self, name: str, tags: dict[str, str], start: int) -> str:
        """Creates a run and returns its id."""
        return self.client.create_run(self.experiment_id, start, tags, name).info.run_id

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


@contextmanager
def opened(uri: str, root: Path, progress: Progress) -> Iterator[Store]:
    """The store and its experiment, while this process is the only one that writes to it.

    Raises:
        UserError: the store cannot be reached, is not an MLflow store, or fails during writing.
    """
    logging.getLogger("alembic").setLevel(logging.ERROR)
    shown = re.sub(r"//[^@/]*@", "//", uri)  # without user and password
    file = _sqlite_file(uri, root)
    uri = f"{_SQLITE}{file}" if file else uri
    _check(uri, shown)
    try:
        with _alone(file or root / "mlflow.db", progress), _unhurried():
            client = MlflowClient(uri)
            yield Store(shown, _experiment(client, file), client)
    except (MlflowException, SQLAlchemyError, requests.RequestException) as error:
        _check(uri, shown)  # a server that has gone away says so more clearly
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(f"MLflow store {shown}: {lines[0][:300]}") from None


def _sqlite_file(uri: str, root: Path) -> Path | None:
    """The file of an sqlite store, absolute; a relative path starts at the project's folder."""
    return (root / uri.removeprefix(_SQLITE)).resolve() if uri.startswith(_SQLITE) else None


def _check(uri: str, shown: str) -> None:
    """Refuses at once, and in one line, what MLflow would refuse late."""
    scheme = urlsplit(uri).scheme
    if scheme in ("", "file"):
        expected = "expected sqlite:///file.db or http(s)://server"
        raise UserError(f"MLflow store {shown}: a folder of files, which MLflow no longer supports; {expected}")
    if scheme in ("http", "https"):
        try:
            httpx.get(uri, timeout=10, follow_redirects=True)
        except httpx.HTTPError as error:
            hint = "nothing is lost: run `autoloss track` when it is up"
            raise UserError(f"MLflow store {shown}: the server cannot be reached ({error}); {hint}") from None


@contextmanager
def _alone(file: Path, progress: Progress) -> Iterator[None]:
    """Holds a lock that ends with the process, however it ends; a second writer waits."""
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


def _experiment(client: MlflowClient, file: Path | None) -> Experiment:
    """The experiment, created if it is missing."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        artifacts = file.with_name("mlartifacts").as_uri() if file else None
        return client.get_experiment(client.create_experiment(EXPERIMENT, artifacts, _KIND))
    if found.lifecycle_stage != "active":
        client.restore_experiment(found.experiment_id)
    if file and found.artifact_location.startswith("file:"):
        place = Path(url2pathname(urlsplit(found.artifact_location).path))
        if place != file.with_name("mlartifacts") and not place.exists():
            hint = "remove it and run `autoloss track` to rebuild it"
            raise UserError(f"{file}: created elsewhere (its artifacts are in {place}); {hint}")
    return found
