"""Every way in which a store fails is one line that says what to do."""

import sqlite3
import sys
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from socket import create_server
from threading import Event, Thread

import pytest
from mlflow import MlflowClient

from autoloss.errors import UserError
from autoloss.tracking import patience, probe, store, sync


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """A second for what may take ten."""
    monkeypatch.setattr(probe, "SECONDS", 1)
    for module in (patience, store):
        monkeypatch.setattr(module, "PATIENCE", 2.0)


def failure(root, cell, uri):
    """The line that an import into this store ends with."""
    if not (root / "results").exists():
        cell(root / "results")
    with pytest.raises(UserError) as error:
        sync(root / "results", root=root, uri=uri)
    message = str(error.value)
    assert message.startswith("MLflow store ")
    assert "\n" not in message
    assert "secret" not in message
    return message


@contextmanager
def server(status):
    """An HTTP server that answers everything with this status; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port
        running.shutdown()


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://name:secret@127.0.0.1:9", "cannot be reached"),
        ("http://name:secret@[::1", "http://[::1: "),
        ("postgresql://name:secret@server:port/db", "postgresql://server:port/db: "),
        ("./mlruns", "a folder of files"),
        ("file:///somewhere/mlruns", "a folder of files"),
        ("gopher://somewhere", "gopher"),
        ("oracle://somewhere/db", "oracle"),
    ],
)
def test_an_address_that_leads_nowhere(root, cell, uri, expected):
    assert expected in failure(root, cell, uri)
    assert not (root / "mlruns").exists()


@pytest.mark.parametrize(
    ("uri", "module", "cure"),
    [
        ("postgresql://name:secret@127.0.0.1:9/db", "psycopg2", "pip install '.[postgresql]'"),
        ("mysql+pymysql://name:secret@127.0.0.1:9/db", "pymysql", "pip install '.[mysql]'"),
        ("mysql://name:secret@127.0.0.1:9/db", "MySQLdb", "write mysql+pymysql://"),
        ("mssql+pyodbc://name:secret@127.0.0.1:9/db", "pyodbc", "pip install pyodbc"),
    ],
)
def test_a_missing_driver(root, cell, monkeypatch, uri, module, cure):
    monkeypatch.setitem(sys.modules, module, None)
    assert cure in failure(root, cell, uri)


def test_artifacts_on_s3_without_boto3(root, cell, monkeypatch):
    MlflowClient(f"sqlite:///{root / 'mlflow.db'}").create_experiment("autoloss", "s3://bucket/folder")
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert "boto3 is not installed: pip install '.[s3]'" in failure(root, cell, "sqlite:///mlflow.db")


def test_artifacts_that_cannot_be_written(root, cell):
    (root / "mlartifacts").write_text("a file where a folder should be")
    assert "mlartifacts" in failure(root, cell, "sqlite:///mlflow.db")


@pytest.mark.parametrize("user", ["", "name:secret@"])
def test_a_server_that_accepts_and_never_answers(root, cell, user):
    with create_server(("127.0.0.1", 0)) as hung:
        assert "timed out" in failure(root, cell, f"http://{user}127.0.0.1:{hung.getsockname()[1]}")


def test_a_server_whose_page_is_there_and_whose_interface_hangs(root, cell):
    released = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/":
                released.wait()
            self.send_response(200)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        try:
            assert "timed out" in failure(root, cell, f"http://127.0.0.1:{running.server_port}")
        finally:
            released.set()
            running.shutdown()


def test_a_server_that_wants_a_password_gets_that_of_the_environment(root, cell, monkeypatch):
    """MLflow's client knows every place where one may be; the first look does not, and is not the one that refuses."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers.get("Authorization"))
            self.send_response(401 if seen[-1] is None else 400)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *args):
            pass

    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "name")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")
    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        failure(root, cell, f"http://127.0.0.1:{running.server_port}")
        running.shutdown()
    assert seen[0] is None and seen[-1].startswith("Basic ")


@pytest.mark.parametrize(("status", "cure"), [(401, "MLFLOW_TRACKING_PASSWORD"), (503, "autoloss track")])
def test_a_server_that_refuses(root, cell, status, cure):
    with server(status) as port:
        assert cure in failure(root, cell, f"http://127.0.0.1:{port}")


def test_a_server_that_is_something_else(root, cell):
    with server(200) as port:
        assert f"127.0.0.1:{port}" in failure(root, cell, f"http://127.0.0.1:{port}")


def test_a_file_that_is_no_database(root, cell):
    (root / "broken.db").write_text("this is no database, and longer than the header of one " * 10)
    assert "not a database" in failure(root, cell, "sqlite:///broken.db")


def test_a_database_of_another_version(root, cell):
    with sqlite3.connect(root / "mlflow.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'abc'")
    assert "`mlflow db upgrade URI`" in failure(root, cell, "sqlite:///mlflow.db")


def test_a_database_that_is_half_made_is_said_and_none_is_left_by_an_import_that_is_killed(root, cell):
    half, whole, partial = root / "half.db", root / "whole.db", root / "whole.db.partial"
    for file in (half, partial):
        with closing(sqlite3.connect(file)) as made:
            made.execute("CREATE TABLE _alembic_tmp_params (x)")
    assert "remove it, and run `autoloss track`" in failure(root, cell, "sqlite:///half.db")
    sync(root / "results", root=root, uri="sqlite:///whole.db")
    assert whole.exists() and not partial.exists()


def test_a_database_takes_its_name_when_it_is_whole(root, cell, monkeypatch):
    (root / "mlflow.db").unlink()
    names = []

    def told(uri):
        names.append((uri, (root / "mlflow.db").exists()))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "MlflowClient", told)
    assert "free some space" in failure(root, cell, "sqlite:///mlflow.db")
    assert names == [(f"sqlite:///{root / 'mlflow.db.partial'}", False)]


def test_a_full_disk(root, cell, monkeypatch):
    cell(root / "results")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.Store, "artifacts", full)
    assert "free some space" in failure(root, cell, "sqlite:///mlflow.db")


def test_a_call_that_never_returns(root, cell, monkeypatch):
    monkeypatch.setattr(MlflowClient, "create_run", lambda *args, **kwargs: create_server(("127.0.0.1", 0)).accept())
    assert "has not answered for 2 s; nothing is lost" in failure(root, cell, "sqlite:///mlflow.db")
