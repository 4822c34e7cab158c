"""Columns of a table of one's own: what they are taken for, bins, calendar parts, and labels of any two texts."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
import yaml

from autoloss.config import Dataset
from autoloss.data import columns, facts
from autoloss.data.describe import describe
from autoloss.data.encode import distinct, survey
from autoloss.data.encode.read import blocks
from autoloss.data.encode.split import random_split
from autoloss.data.encode.vocabulary import Vocabulary
from autoloss.errors import UserError

ROWS = 2000
RNG = np.random.default_rng(0)
CLICKED = RNG.random(ROWS) < 0.3
FRAME = pl.DataFrame(
    {
        "visit": [f"v{i:06x}" for i in RNG.permutation(10**6)[:ROWS]],
        "number": range(ROWS),
        "user_id": RNG.integers(10**6, 10**6 + 900, ROWS),
        "price": pl.Series(np.round(np.exp(RNG.normal(3, 1, ROWS)), 2)).set(pl.Series(RNG.random(ROWS) < 0.1), None),
        "cents": RNG.integers(0, 10**5, ROWS) // 60,
        "stars": RNG.integers(1, 6, ROWS),
        "day": [date(2023, 11, 1) + timedelta(int(d)) for d in RNG.integers(0, 200, ROWS)],
        "city": [f"city {c}" for c in RNG.integers(0, 12, ROWS)],
        "country": ["here"] * ROWS,
        "answer": np.where(CLICKED, "bought", "left"),
        "clicked": np.where(CLICKED, "yes", "no"),
    }
)


def _entry(path, **params) -> Dataset:
    return Dataset(
        name="t", use="table", task="binary", source=str(path), vocabulary="train", threshold=2,
        params={"label": "clicked", **params},
    )  # fmt: skip


@pytest.fixture
def csv(tmp_path):
    FRAME.write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def _kinds(found) -> dict[str, str]:
    return {row.column: row.treated for row in found.columns}


def test_columns_are_taken_for_what_they_are(csv):
    found = describe(csv, {"label": "clicked"})
    assert _kinds(found) == {
        "visit": "dropped", "number": "dropped", "user_id": "categorical", "price": "numeric", "cents": "numeric",
        "stars": "categorical", "day": "date: year, month, day, weekday", "city": "categorical", "country": "dropped",
        "answer": "categorical",
    }  # fmt: skip
    rows = {row.column: row for row in found.columns}
    assert rows["price"].missing == FRAME["price"].null_count() and rows["price"].kept == 32
    assert rows["city"].distinct == rows["city"].kept == 12
    assert rows["user_id"].kept < rows["user_id"].distinct == FRAME["user_id"].n_unique(), "some occur once"
    assert found.label == "label clicked, binary: no → 0, yes → 1"


def test_ids_and_answers_are_warned_of(csv):
    visit, number, answer = describe(csv, {"label": "clicked"}).warnings
    assert visit.startswith("visit looks like an id (nearly every value is different): dropped")
    assert number.startswith("number looks like an id (whole numbers that count the rows): dropped")
    assert answer == "answer predicts clicked perfectly; if it is known only afterwards, drop it"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [0.02, 0.5])
def test_no_column_of_noise_is_said_to_tell_the_label(rate, seed, tmp_path):
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame({"a": rng.integers(0, 200, 600), "b": rng.normal(size=600), "c": rng.integers(0, 3, 600)})
    frame.with_columns(label=pl.Series((rng.random(600) < rate).astype(int))).write_csv(tmp_path / "t.csv")
    assert not describe(tmp_path / "t.csv", {}).warnings


def test_a_number_whose_order_tells_the_label_is_warned_of(tmp_path):
    score = np.random.default_rng(0).normal(size=500)
    pl.DataFrame({"score": score, "label": (score > 0.3).astype(int)}).write_csv(tmp_path / "t.csv")
    assert describe(tmp_path / "t.csv", {}).warnings == (
        "score predicts label perfectly; if it is known only afterwards, drop it",
    )


def test_bins_are_quantiles_of_the_training_rows_and_a_missing_number_has_its_own(csv, encode, in_file_order):
    data = encode(_entry(csv, numeric=["price"], fields=["price"], bins=10), "t")
    price, training = FRAME["price"].to_numpy(), random_split(0, ROWS, 0) == 0
    borders = np.quantile(price[training & ~np.isnan(price)], np.arange(1, 10) / 10)
    expected = np.where(np.isnan(price), -1, np.searchsorted(borders, price, "left"))
    ids, _ = in_file_order(data)
    assert len({*zip(ids[:, 0].tolist(), expected.tolist(), strict=True)}) == 11 == data.facts.field_sizes[0] - 1


def test_dates_become_the_calendar_parts_that_differ(csv, encode, in_file_order):
    data = encode(_entry(csv, fields=["day"]), "t")
    assert data.facts.field_names == ("day.year", "day.month", "day.day", "day.weekday")
    assert data.facts.field_sizes == (3, 8, 32, 8), "two years, seven months, and a slot for rare values in each"
    weekday = in_file_order(data)[0][:, 3]
    assert len({*zip(weekday.tolist(), FRAME["day"].dt.weekday().to_list(), strict=True)}) == 7


@pytest.mark.parametrize("text", ["2024-02-29", "2024/02/29", "2024-02-29 23:59:01", "2024-02-29T23:59Z"])
def test_the_ways_in_which_a_date_is_written(text, write, encode):
    rows = "".join(f"{i % 2},{text if i % 3 else '2023-01-01'}\n" for i in range(100))
    data = encode(_entry(write("t.csv", f"clicked,when\n{rows}"), dates=["when"]))
    hours = () if len(text) == 10 else ("when.hour",)
    assert data.facts.field_names == ("when.year", "when.month", "when.day", "when.weekday", *hours)


def test_csv_and_parquet_are_encoded_alike_whatever_the_block_size(csv, encode, tmp_path, monkeypatch):
    FRAME.write_parquet(tmp_path / "t.parquet", row_group_size=300)
    whole, parquet = encode(_entry(csv), "a").facts, encode(_entry(tmp_path / "t.parquet"), "b").facts
    monkeypatch.setattr(blocks, "BLOCK", 7000)
    assert encode(_entry(csv), "c").facts.sha256 == whole.sha256 == parquet.sha256


def test_bins_of_a_sample_are_close_to_those_of_all_rows(csv, encode, monkeypatch, tmp_path):
    monkeypatch.setattr(survey, "SAMPLE", 500)
    encode(_entry(csv, fields=["price"], bins=4), "t")
    form = columns.form(tmp_path / "encoded" / "t", facts.read(tmp_path / "encoded" / "t"))
    (price,) = (column for column in form.learned.columns if column.name == "price")
    ranks = [(FRAME["price"].drop_nulls() <= border).mean() for border in price.edges]
    assert ranks == pytest.approx([0.25, 0.5, 0.75], abs=0.08)


def test_distinct_values_are_exact_as_long_as_they_fit_and_close_beyond(monkeypatch):
    values = pl.Series([f"v{i % 3000}" for i in range(3500)])
    seen = {most: distinct.Distinct() for most in (4000, 500)}
    for most, counter in seen.items():
        monkeypatch.setattr(distinct, "MOST", most)
        for first in range(0, 3500, 100):
            counter.add(values[first : first + 100], np.ones(100, int))
        assert counter.estimate() == pytest.approx(3000, rel=0 if most == 4000 else 0.15)
        assert counter.frequent(2) == pytest.approx(500, rel=0 if most == 4000 else 0.4)


@pytest.mark.parametrize(
    ("name", "treated"),
    [("user_id", "categorical"), ("USER_ID", "categorical"), ("itemId", "categorical"), ("id", "categorical"),
     ("grid", "numeric"), ("paid", "numeric"), ("amount", "numeric")],
)  # fmt: skip
def test_whole_numbers_named_as_ids_are_categories(name, treated, tmp_path):
    rng = np.random.default_rng(0)
    pl.DataFrame({name: rng.integers(0, 900, 3000), "label": rng.integers(0, 2, 3000)}).write_csv(tmp_path / "t.csv")
    assert _kinds(describe(tmp_path / "t.csv", {})) == {name: treated}


LABELS = {
    "yes or no": (["no", "yes"], {}, ("no", "yes")),
    "true or false": (["False", "True"], {}, ("False", "True")),
    "two numbers": (["1", "2"], {}, ("1", "2")),
    "minus one or one": (["-1", "1"], {}, ("-1", "1")),
    "two names": (["stayed", "churned"], {}, ("churned", "stayed")),
    "two names, in order": (["stayed", "churned"], {"classes": ["stayed", "churned"]}, ("stayed", "churned")),
    "zero or one": (["0", "1"], {}, ()),
    "zero or one, as floats": (["0.0", "1.0"], {}, ()),
}  # fmt: skip


@pytest.mark.parametrize("what", LABELS)
def test_labels_may_be_any_two_texts(what, write, encode, tmp_path, in_file_order):
    texts, params, classes = LABELS[what]
    rows = "".join(f"{texts[i % 3 % 2]},{i % 5}\n" for i in range(200))
    data = encode(_entry(write("t.csv", f"clicked,a\n{rows}"), **params), "t")
    form = columns.form(tmp_path / "encoded" / "t", data.facts)
    assert form.learned.classes == classes
    positive = (classes or texts)[1]
    assert in_file_order(data)[1].tolist() == [float(texts[i % 3 % 2] == positive) for i in range(200)]


def test_classes_need_not_start_at_zero(write, encode, in_file_order):
    rows = "".join(f"{i % 5 + 1},{i % 7}\n" for i in range(300))
    entry = _entry(write("t.csv", f"clicked,a\n{rows}")).model_copy(update={"task": "multiclass", "n_classes": 5})
    assert in_file_order(encode(entry))[1].tolist() == [i % 5 for i in range(300)]


def test_a_third_label_is_named_with_its_line(write, encode):
    rows = "".join(f"{'maybe' if i == 41 else i % 2},{i % 7}\n" for i in range(100))
    with pytest.raises(UserError, match="line 43: clicked is 'maybe', expected 0 or 1"):
        encode(_entry(write("t.csv", f"clicked,a\n{rows}")))


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"categorical": ["clicked"]}, "table: categorical: column 'clicked' is named under label already"),
        ({"fields": ["clicked", "city"]}, "table: fields: 'clicked' is the label; it cannot predict itself"),
        ({"numeric": ["price"], "drop": ["price"]}, "table: drop: column 'price' is named under numeric already"),
        ({"dates": ["dya"]}, "table: dates: unknown column 'dya'; did you mean 'day'"),
        ({"numeric": ["city"]}, "line 2: city is 'city [0-9]+', expected a number or nothing"),
        ({"dates": ["city"]}, "line 2: city is 'city [0-9]+', expected a date such as 2024-01-31 or nothing"),
        ({"classes": ["no"]}, "table: classes: found no, expected 2 different texts"),
        ({"classes": ["no", "yes", "maybe"]}, "table: classes: found no, yes, maybe, expected 2 different texts"),
        ({"classes": ["left", "bought"]}, "line 2: clicked is '(yes|no)', expected left or bought"),
        (
            {"fields": ["country"]},
            "table: no column is left to predict 'clicked' from: country .one value.",
        ),
    ],
)
def test_what_cannot_be_is_one_line(params, why, csv, encode):
    with pytest.raises(UserError, match=why):
        encode(_entry(csv, **params))


def test_a_column_with_the_name_of_a_part_of_a_date_is_refused(encode, tmp_path):
    FRAME.with_columns(FRAME["stars"].alias("day.month")).write_csv(tmp_path / "t.csv")
    with pytest.raises(UserError, match="a column and a part of a date are both called 'day.month'"):
        encode(_entry(tmp_path / "t.csv"))


def test_a_list_in_a_parquet_column_is_named_and_may_be_dropped(encode, tmp_path):
    frame = FRAME.with_columns(basket=pl.concat_list("stars", "stars"))
    frame.write_parquet(tmp_path / "t.parquet")
    with pytest.raises(UserError, match="column 'basket' holds .*list.*; drop it"):
        encode(_entry(tmp_path / "t.parquet"))
    assert "basket" not in encode(_entry(tmp_path / "t.parquet", drop=["basket"])).facts.field_names


def test_the_entry_that_is_printed_encodes_as_described(csv, encode, tmp_path):
    found = describe(csv, {"label": "clicked"})
    entry = yaml.safe_load(yaml.safe_dump(found.entry))
    shared = {key: entry.pop(key) for key in ("use", "source", "task", "threshold", "vocabulary")}
    data = encode(Dataset(name="t", **shared, params=entry), "t")
    sizes = dict(zip(data.facts.field_names, data.facts.field_sizes, strict=True))
    kept = {row.column: row.kept for row in found.columns}
    assert all(sizes[name] == kept[name] + 1 for name in ("city", "stars", "user_id")), "and the rare-value slot"
    vocabulary = Vocabulary.read(tmp_path / "encoded" / "t", list(sizes))
    assert vocabulary.tables[list(sizes).index("price")]["value"].sort()[-1] == "NULL"
