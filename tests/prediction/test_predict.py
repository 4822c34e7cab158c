"""New rows through a trained model: what training would have predicted, whatever the file looks like."""

import json

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, softmax
from typer.testing import CliRunner

from autoloss.cli.main import assembled
from autoloss.data.encode.read import blocks
from autoloss.data.encode.split import random_split
from autoloss.errors import UserError
from autoloss.prediction.predict import predict


@pytest.fixture
def predicted(project, tmp_path):
    """predicted(dataset, source, name) → (what `predict` says, the predictions)."""

    def run(dataset, source, name="out.csv"):
        done = predict(project.cell(dataset), project.data(dataset), source, tmp_path / name)
        return done, (pl.read_parquet if name.endswith("parquet") else pl.read_csv)(tmp_path / name)

    return run


def _test_rows(path, separator=",") -> list[str]:
    lines = path.read_text().splitlines()
    header = [] if separator == "\t" else lines[:1]
    rows = np.array(lines[len(header) :])
    return [*header, *rows[random_split(0, len(rows), 0) == 2]]


def test_the_test_rows_of_a_table_get_the_stored_predictions(project, predicted, tmp_path):
    (tmp_path / "test.csv").write_text("\n".join(_test_rows(project.root / "shop.csv")))
    done, found = predicted("shop", tmp_path / "test.csv")
    assert np.allclose(found["probability"], expit(project.stored("shop")), atol=1e-6)
    assert found["row"].to_list() == list(range(1, 121)) and done.rows == done.labelled == 120
    stored = json.loads((project.cell("shop").folder / "metrics.json").read_text())["test"]
    assert done.metrics == pytest.approx(stored, abs=1e-5), "the labels are texts: no and yes"


def test_the_test_rows_of_every_format_get_the_stored_predictions(project, predicted, tmp_path):
    (ratings,) = project.root.glob("data/raw/synthetic/movielens*/ratings.csv")
    (tmp_path / "ratings.csv").write_text("\n".join(_test_rows(ratings)))
    _, found = predicted("ratings", tmp_path / "ratings.csv", "ratings-out.csv")
    assert found.columns == ["row", *(f"probability_{c}" for c in range(5))]
    assert np.allclose(found.drop("row"), softmax(project.stored("ratings"), 1), atol=1e-6)
    (clicks,) = project.root.glob("data/raw/synthetic/criteo*/train.txt")
    lines = _test_rows(clicks, "\t")
    for name, text in {"with": lines, "without": [line.partition("\t")[2] for line in lines]}.items():
        (tmp_path / name).write_text("\n".join(text))
        done, found = predicted("clicks", tmp_path / name, f"clicks-{name}.csv")
        assert np.allclose(found["probability"], expit(project.stored("clicks")), atol=1e-6)
        assert bool(done.metrics) == (name == "with")


@pytest.mark.parametrize("labels", [True, False])
def test_csv_and_parquet_with_and_without_labels_in_any_order(labels, project, predicted, tmp_path, monkeypatch):
    frame = pl.read_csv(project.root / "shop.csv")
    _, whole = predicted("shop", project.root / "shop.csv", "whole.csv")
    other = frame.select("day", *(["clicked"] if labels else []), "shop", "score", more=pl.lit("ignored"))
    other.write_parquet(tmp_path / "rows.parquet")
    other.write_csv(tmp_path / "rows.csv")
    monkeypatch.setattr(blocks, "BLOCK", 5000)
    for name in ("rows.parquet", "rows.csv"):
        done, found = predicted("shop", tmp_path / name, f"{name}.parquet")
        assert np.allclose(found["probability"], whole["probability"], atol=1e-6) and len(found) == 1200
        assert bool(done.metrics) == labels


def test_unseen_values_go_to_the_rare_slot_and_are_counted(predicted, tmp_path):
    rows = {"score": [0.5] * 4, "day": ["2024-05-06", "2031-05-06", "", "2024-05-06"], "shop": ["shop 1", "x", "y", ""]}
    pl.DataFrame(rows).write_csv(tmp_path / "rows.csv", null_value="")
    done, found = predicted("shop", tmp_path / "rows.csv")
    assert found["probability"].null_count() == 0 and done.rare["shop"] == 0.75
    assert found["probability"][1:3].n_unique() == 2 and done.metrics == {}


def test_a_row_that_cannot_be_predicted_is_empty_and_named(predicted, tmp_path):
    (tmp_path / "rows.csv").write_text(
        "score,day,shop,clicked\n1.5,2024-01-01,a,yes\nhigh,2024-01-01,a,no\n1\n2,2024-02-01,b,\n"
    )
    done, found = predicted("shop", tmp_path / "rows.csv")
    assert found["row"].to_list() == [1, 2, 3, 4]
    assert found["probability"].is_null().to_list() == [False, True, True, False]
    assert done.unpredicted == 2 and done.labelled == 1
    assert done.problem == "rows.csv: line 3: score is 'high', expected a number or nothing"


def test_a_value_without_a_slot_is_a_row_without_a_prediction(project, predicted, tmp_path):
    (ratings,) = project.root.glob("data/raw/synthetic/movielens*/ratings.csv")
    first = ratings.read_text().splitlines()[1]
    (tmp_path / "rows.csv").write_text(f"userId,movieId,rating,timestamp\n{first}\n999999,1,3.0,0\n")
    done, found = predicted("ratings", tmp_path / "rows.csv")
    assert found["probability_0"].is_null().to_list() == [False, True]
    assert done.problem.startswith("rows.csv: row 2: userId holds a value that training has not seen; threshold: 2")


BAD = {
    "a column is missing": ("score,day\n1,2024-01-01\n", "rows.csv: line 1: column 'shop' is missing"),
    "no row is good": (
        "score,day,shop\nx,2024-01-01,a\n",
        "rows.csv: no row can be predicted; rows.csv: line 2: score",
    ),
    "no row": ("score,day,shop\n", "rows.csv: no row can be predicted"),
    "binary content": ("\x89PNG\0\0", "rows.csv: binary content"),
    "nothing": ("", "rows.csv: .*(missing|empty)"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_cannot_be_predicted_is_one_line_and_leaves_nothing(what, predicted, tmp_path):
    text, why = BAD[what]
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(UserError, match=why) as error:
        predicted("shop", tmp_path / "rows.csv")
    assert "\n" not in str(error.value) and [p.name for p in tmp_path.iterdir()] == ["rows.csv"]


def test_a_file_that_is_there_is_not_replaced(project, predicted, tmp_path):
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(UserError, match="out.csv: is there already"):
        predicted("shop", project.root / "shop.csv")
    assert (tmp_path / "out.csv").read_text() == "precious"
    with pytest.raises(UserError, match="cannot be written"):
        predict(project.cell("shop"), project.data("shop"), project.root / "shop.csv", tmp_path / "none" / "out.csv")


def test_a_cell_without_weights_names_one_that_has_them_and_the_setting(project, tmp_path):
    with pytest.raises(UserError) as error:
        predict(project.cell("shop", seed=1), project.data("shop"), project.root / "shop.csv", tmp_path / "out.csv")
    assert "its weights were not kept; use ce-deepfm-shop-s0-" in str(error.value)
    assert "set keep_model: all in training.paper of params.yaml" in str(error.value)


def test_the_command_takes_the_beginning_of_an_id_and_prints_the_metrics(project, tmp_path):
    app = assembled("predict")
    result = CliRunner().invoke(app, ["predict", "ce-deepfm-shop-s0", "shop.csv", "--out", str(tmp_path / "out.csv")])
    assert result.exit_code == 0 and "1,200 rows predicted in" in result.output
    assert "1,200 labels: AUC 0." in result.output
    for name, why in {"ce-deepfm-shop": "2 finished cells begin so", "ce-deepfm-shpo": "unknown finished cell"}.items():
        result = CliRunner().invoke(app, ["predict", name, "shop.csv", "--out", str(tmp_path / "other.csv")])
        assert isinstance(result.exception, UserError) and why in str(result.exception)
