"""The file of predictions: whole, or not there; and never in place of another."""

import os

import polars as pl
import pytest

from autoloss.errors import UserError
from autoloss.prediction.output import output

ROWS = pl.DataFrame({"row": range(1000)})


@pytest.fixture(params=["with hard links", "without"], autouse=True)
def file_system(request, monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    if request.param == "without":
        monkeypatch.setattr(os, "link", refused)


@pytest.mark.parametrize("name", ["new.csv", "new.parquet"])
def test_of_two_that_write_one_file_the_first_to_end_has_it_whole(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(UserError, match="is there already, expected a new name"), output(path) as slow:
        slow.write(ROWS[:500])
        with output(path) as quick:
            quick.write(ROWS)
            slow.write(ROWS[500:])
    assert (pl.read_csv if path.suffix == ".csv" else pl.read_parquet)(path).equals(ROWS)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_has_appeared_meanwhile_stays_as_it_is(tmp_path):
    path = tmp_path / "new.csv"
    with pytest.raises(UserError, match="is there already"), output(path) as out:
        out.write(ROWS)
        path.write_text("precious")
    assert path.read_text() == "precious" and list(tmp_path.iterdir()) == [path]


def test_the_file_has_the_permissions_of_any_new_one(tmp_path):
    with output(tmp_path / "new.csv") as out:
        out.write(ROWS)
    (tmp_path / "other.csv").touch()
    assert (tmp_path / "new.csv").stat().st_mode == (tmp_path / "other.csv").stat().st_mode


def test_what_was_not_completed_leaves_nothing(tmp_path):
    with pytest.raises(UserError, match="no row"), output(tmp_path / "new.csv") as out:
        out.write(ROWS)
        raise UserError("no row")
    assert not list(tmp_path.iterdir())
