"""A table of the user's own: csv or parquet, any columns, all three tasks."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import log_loss

from autoloss.config import Dataset
from autoloss.data.encode.split import random_split
from autoloss.datasets.table import SYNTHETIC_FIELDS, SYNTHETIC_VALUES
from autoloss.errors import UserError

FRAME = pl.DataFrame(
    {
        "who": [f"u{i % 7}" for i in range(100)],
        "clicked": [i % 3 % 2 for i in range(100)],
        "what": [i % 11 for i in range(100)],
        "often": [i % 50 - 1 if i % 9 else None for i in range(100)],
    }
)


def _entry(path, **settings) -> Dataset:
    base = {"name": "mine", "use": "table", "task": "binary", "source": str(path), "params": {"label": "clicked"}}
    return Dataset(**{**base, **settings})


@pytest.fixture
def csv(tmp_path):
    FRAME.write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def test_csv_and_parquet_are_encoded_alike(csv, encode, tmp_path):
    FRAME.write_parquet(tmp_path / "t.parquet", row_group_size=13)
    a, b = encode(_entry(csv), "a").facts, encode(_entry(tmp_path / "t.parquet"), "b").facts
    assert a.field_names == ("who", "what", "often") and a.field_sizes == (7, 11, 51)
    assert a.sha256 == b.sha256


def test_named_fields_and_integers(csv, encode):
    params = {"label": "clicked", "fields": ("often", "who"), "integers": ("often",)}
    meta = encode(_entry(csv, params=params)).facts
    buckets = {"NULL" if v is None else "low" + str(v) if v <= 2 else int(__import__("math").log(v) ** 2)
               for v in FRAME["often"]}  # fmt: skip
    assert meta.field_names == ("often", "who") and meta.field_sizes == (len(buckets), 7)


def test_regression_and_classes(csv, encode, in_file_order):
    data = encode(_entry(csv, task="regression", params={"label": "what", "fields": ("who",)}), "r")
    assert data.facts.n_outputs == 1 and in_file_order(data)[1].tolist() == FRAME["what"].to_list()
    data = encode(_entry(csv, task="multiclass", n_classes=11, params={"label": "what", "fields": ("who",)}), "c")
    assert data.facts.n_outputs == 11 and sum(data.facts.class_shares["train"]) == pytest.approx(1)
    with pytest.raises(UserError, match="what is '10', expected a class from 0 to 9"):
        encode(_entry(csv, task="multiclass", n_classes=10, params={"label": "what", "fields": ("who",)}), "d")


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"label": "click"}, "table: no column 'click' to predict; found who, clicked, what, often"),
        (
            {"label": "clicked", "fields": ("who", "nope")},
            "table: fields: unknown column 'nope'; known: clicked, often, what, who",
        ),
        ({"label": "clicked", "integers": ("nope",)}, "table: integers: unknown column 'nope'"),
        ({"label": "clicked", "separator": ";;"}, "separator is ';;', expected one ASCII character"),
    ],
)
def test_columns_that_are_not_there_are_named(params, why, csv, encode, tmp_path):
    with pytest.raises(UserError, match=why):
        encode(_entry(csv, params=params))


def test_a_parquet_value_that_does_not_fit_names_its_row(encode, tmp_path):
    frame = FRAME.with_columns(clicked=pl.when(pl.int_range(100) == 41).then(5).otherwise(pl.col("clicked")))
    frame.write_parquet(tmp_path / "t.parquet")
    with pytest.raises(UserError, match="t.parquet: line 42: clicked is '5', expected 0 or 1"):
        encode(_entry(tmp_path / "t.parquet"))


def test_a_broken_parquet_file_is_one_clear_line(encode, tmp_path):
    FRAME.write_parquet(tmp_path / "t.parquet")
    data = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="cannot be read as parquet"):
        encode(_entry(tmp_path / "cut.parquet"))


def test_synthetic_rows_of_a_table_serve_all_three_tasks(encode, tmp_path):
    """Their labels are 0 and 1; the best possible metrics are those of the true probabilities."""
    binary = encode(_entry("synthetic", rows=3000), "binary")
    classes = encode(_entry("synthetic", rows=3000, task="multiclass", n_classes=3), "classes")
    numbers = encode(_entry("synthetic", rows=3000, task="regression"), "numbers")
    assert binary.facts.field_names == SYNTHETIC_FIELDS and max(binary.facts.field_sizes) <= SYNTHETIC_VALUES
    assert binary.test.y.tolist() == classes.test.y.tolist() == numbers.test.y.tolist()
    assert classes.facts.bayes == pytest.approx(binary.facts.bayes)
    y = binary.test.y.numpy()
    p = np.load(next(tmp_path.glob("raw/synthetic/table*/truth.npy")))[random_split(0, 3000, 0) == 2]
    assert binary.facts.bayes["logloss"] == pytest.approx(log_loss(y, p))
    assert numbers.facts.bayes["rmse"] == pytest.approx(np.sqrt(np.mean((y - p) ** 2)))


def test_synthetic_rows_have_the_fields_that_are_named(encode):
    data = encode(_entry("synthetic", rows=500, params={"label": "clicked", "fields": ["shop", "day"]}))
    assert data.facts.field_names == ("shop", "day")


def test_a_table_has_no_archive(encode):
    with pytest.raises(UserError, match="no published archive"):
        encode(_entry("remote"))
