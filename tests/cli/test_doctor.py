"""`autoloss doctor`: what it says of a store."""

from socket import create_server

import pytest

from autoloss.cli import checks
from autoloss.tracking import patience, probe


@pytest.mark.parametrize(
    ("uri", "state", "text"),
    [
        ("http://name:secret@127.0.0.1:9", "problem", "http://127.0.0.1:9: the server cannot be reached"),
        ("http://name:secret@[::1", "problem", "http://[::1: "),
        ("http://name:secret@server:port", "problem", "http://server:port: "),
        ("postgresql://name:sec/ret@127.0.0.1:9/db", "problem", "postgresql://127.0.0.1:9/db: "),
        ("postgresql://name:secret@server:port/db", "problem", "postgresql://server:port/db: "),
        ("./mlruns", "problem", "./mlruns: a folder of files"),
        ("databricks://name:secret@profile", "note", "databricks://profile: of a kind that is not tried here"),
        ("sqlite:///text.db", "problem", "not a database"),
        ("sqlite:///none.db", "ok", "none.db is not there yet"),
    ],
)
def test_a_store_is_tried_and_its_password_is_not_shown(tmp_path, monkeypatch, uri, state, text):
    (tmp_path / "text.db").write_text("this is no database, and longer than the header of one " * 10)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    found = checks.store(tmp_path)
    assert found.state == state and text in found.text
    assert "sec" not in found.text and "\n" not in found.text


def test_a_store_that_hangs_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE", 0.5)
    monkeypatch.setattr(probe, "check", lambda uri: create_server(("127.0.0.1", 0)).accept())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://server/db")
    assert "has not answered" in checks.store(tmp_path).text
