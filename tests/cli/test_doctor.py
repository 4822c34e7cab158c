"""`autoloss doctor`: what it says of a store, and that it says everything that it can."""

from socket import create_server

import pytest
import typer

from autoloss.cli import checks
from autoloss.cli.doctor import doctor
from autoloss.errors import UserError
from autoloss.tracking import patience, probe


def _said(capsys) -> list[str]:
    """The lines of a doctor who finds a problem."""
    with pytest.raises(typer.Exit) as end:
        doctor()
    assert end.value.exit_code == 1
    return capsys.readouterr().out.splitlines()


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


def test_a_check_that_fails_hides_no_other(tmp_path, monkeypatch, capsys):
    def broken(root):
        raise ValueError("two\nlines")

    def refused(root):
        raise UserError("params.yaml:3: no")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checks, "CHECKS", (broken, refused, checks.disk))
    first, second, third = _said(capsys)
    assert "broken: ValueError: two lines" in first and "refused: params.yaml:3: no" in second
    assert "disk: " in third


def test_a_dvc_yaml_with_conflict_markers_is_one_line_among_others(tmp_path, monkeypatch, capsys):
    (tmp_path / "params.yaml").write_text("scale: demo\n")
    (tmp_path / "dvc.yaml").write_text("<<<<<<< ours\nstages:\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert len(_said(capsys)) == len(checks.CHECKS)


def test_what_may_be_removed_is_nothing_that_was_downloaded_or_put_there(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "LITTLE", float("inf"))
    assert "data/raw/synthetic and data/work" in checks.disk(tmp_path).cure
