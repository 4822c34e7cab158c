"""What a cell stores for prediction, weights and encoder: enough without its data, and never used when damaged."""

import shutil

import polars as pl
import pytest
from typer.testing import CliRunner

from autoloss import seals
from autoloss.cells.finished import read
from autoloss.cli.main import assembled
from autoloss.data import encoder_files
from autoloss.errors import UserError
from autoloss.prediction.predict import predict


@pytest.fixture
def own(project, tmp_path):
    """own(): the cell and its dataset copied to a folder of their own, to be hurt."""
    cell, data = tmp_path / project.cell("shop").folder.name, tmp_path / "encoded" / "shop"
    shutil.copytree(project.cell("shop").folder, cell)
    shutil.copytree(project.data("shop"), data)
    return cell, data


def _predicted(own, project, tmp_path):
    cell, data = own
    predict(read(cell), data, project.root / "shop.csv", tmp_path / "own.csv")
    return pl.read_csv(tmp_path / "own.csv")["probability"]


def _replace(data, other):
    shutil.rmtree(data, ignore_errors=True)
    if other:
        shutil.copytree(other, data)


def test_a_cell_predicts_when_its_data_are_gone_or_encoded_anew(own, project, tmp_path):
    before = _predicted(own, project, tmp_path)
    for other in (None, project.data("clicks")):
        _replace(own[1], other)
        (tmp_path / "own.csv").unlink()
        assert _predicted(own, project, tmp_path).equals(before)


@pytest.fixture
def earlier(own):
    """The same, of a version that did not store the encoder with the cell."""
    cell, _ = own
    for name in encoder_files.NAMES:
        (cell / name).unlink()
    seals.seal(cell, "cell.json")
    return own


def test_a_cell_of_an_earlier_version_reads_its_data_or_says_what_to_run(earlier, project, tmp_path):
    assert len(_predicted(earlier, project, tmp_path)) == 1200
    (tmp_path / "own.csv").unlink()
    for other in (None, project.data("clicks")):
        _replace(earlier[1], other)
        with pytest.raises(UserError, match="run `autoloss data prepare shop`$") as error:
            _predicted(earlier, project, tmp_path)
        assert "\n" not in str(error.value) and not (tmp_path / "own.csv").exists()


@pytest.mark.parametrize("name", ["model.safetensors", "model.json", "meta.json", "vocabulary.parquet", "columns.json"])
@pytest.mark.parametrize("version", ["own", "earlier"])
def test_what_was_damaged_never_predicts(name, version, request, project, tmp_path):
    cell, data = own = request.getfixturevalue(version)
    file = (cell if (cell / name).exists() else data) / name
    content, place = file.read_bytes(), file.stat().st_size // 2
    file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    with pytest.raises(UserError, match=rf"{name}: differs from its seal") as error:
        _predicted(own, project, tmp_path)
    assert "\n" not in str(error.value) and not (tmp_path / "own.csv").exists()


def test_damaged_weights_are_one_line_of_the_commands_whatever_was_checked_before(own, monkeypatch, tmp_path):
    cell, data = own
    (tmp_path / "results" / "cells").mkdir(parents=True)
    cell = cell.rename(tmp_path / "results" / "cells" / cell.name)
    monkeypatch.chdir(tmp_path)
    app, words = assembled(), {"show": [cell.name], "predict": [cell.name, "none.csv", "--out", "out.csv"]}
    assert CliRunner().invoke(app, ["show", cell.name]).exit_code == 0
    (cell / "model.safetensors").write_bytes(b"0" * 100)
    for command, arguments in words.items():
        result = CliRunner().invoke(app, [command, *arguments])
        assert isinstance(result.exception, UserError) and result.output == ""
        assert str(result.exception).endswith("model.safetensors: differs from its seal in cell.json")
