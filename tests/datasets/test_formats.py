"""What every raw format promises, and the details of each."""

import hashlib
import math

import numpy as np
import polars as pl
import pytest

from autoloss import registry
from autoloss.config import Dataset
from autoloss.data import published
from autoloss.datasets import DROPPED, Column, Columns, Target, bucket, synthetic, whole_number
from autoloss.datasets.avazu import Avazu
from autoloss.datasets.criteo import CATEGORIES, COLUMNS, SIZES, Criteo
from autoloss.datasets.movielens import Movielens
from autoloss.datasets.table import Table

GENERATED = registry.names("datasets")


@pytest.fixture
def raw(tmp_path):
    """raw(form, rows, seed) → (bytes of the synthetic file, true probabilities)."""

    def run(form, rows, seed=0):
        folder = tmp_path / f"{type(form).__name__}-{rows}-{seed}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        form.synthetic(folder, rows, seed)
        return (folder / form.synthetic_file).read_bytes(), np.load(folder / "truth.npy", allow_pickle=False)

    return run


@pytest.mark.parametrize("name", registry.names("datasets"))
def test_every_format_has_tasks_defaults_and_a_layout(name):
    form = registry.load("datasets", name)()
    assert set(form.tasks) <= {"binary", "multiclass", "regression"} and form.defaults["task"] in form.tasks
    assert form.layout.label not in form.layout.fields and set(form.layout.fields) <= set(form.layout.columns)
    if form.archive:
        assert form.archive.members and form.archive.terms and form.archive.citation
        assert form.archive.urls or form.archive.by_hand
    known = form.published
    assert known is None or known.fields == len(form.layout.fields)
    if known and known.field_sizes:
        assert sum(known.field_sizes) == known.feature_values and len(known.field_sizes) == known.fields


@pytest.mark.parametrize("name", GENERATED)
def test_one_seed_gives_one_file_byte_for_byte(name, raw):
    form = registry.load("datasets", name)()
    text, truth = raw(form, 700)
    again, same = raw(form, 700)
    other, _ = raw(form, 700, seed=1)
    assert text == again and truth.tobytes() == same.tobytes() and text != other
    rows = text.decode().splitlines()[form.layout.header :]
    assert len(rows) == 700 == len(truth)
    layout = _layout(form, text)
    assert {row.count(layout.separator) for row in rows} == {len(layout.columns) - 1}


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("criteo", "4c46339eca2b"),
        ("avazu", "eafa7f82f3a4"),
        ("movielens", "34a2d7cc781a"),
        ("table", "d81e57cc9959"),
    ],
)
def test_synthetic_files_stay_as_they_are(name, digest, raw):
    text, _ = raw(registry.load("datasets", name)(), 300)
    assert hashlib.sha256(text).hexdigest()[:12] == digest, "other rows are other results: say so in CHANGELOG.md"


@pytest.mark.parametrize("name", GENERATED)
def test_chunks_follow_the_seed_and_their_number(name, raw, monkeypatch):
    monkeypatch.setattr(synthetic, "CHUNK", 300)
    form = registry.load("datasets", name)()
    text, truth = raw(form, 1000)
    assert len(text.splitlines()) == 1000 + form.layout.header and len(truth) == 1000
    labels = _labels(form, text)
    assert labels[:300].std() > 0 and labels[300:600].tolist() != labels[:300].tolist()


def _layout(form, text: bytes):
    """The layout of a file; a table's columns are those of its header line."""
    first = text.decode().splitlines()[0].split(form.layout.separator)
    if not form.learns_columns:
        return form.layout
    columns = tuple(Column(name, "categorical", "") for name in first if name != form.label)
    return form.restored(Columns((), columns)).layout


def _labels(form, text: bytes) -> np.ndarray:
    layout = _layout(form, text)
    frame = pl.read_csv(text, separator=layout.separator, has_header=layout.header, infer_schema=False)
    column = layout.columns.index(layout.label)
    return frame.to_series(column).cast(pl.Float64).to_numpy()


@pytest.mark.parametrize(
    ("form", "share"), [(Criteo(), 0.256), (Avazu(), 0.17), (Criteo(archive="x4"), 0.256), (Table(), 0.25)]
)
def test_synthetic_clicks_have_the_real_rate_and_follow_their_probabilities(form, share, raw):
    text, p = raw(form, 20_000)
    y = _labels(form, text)
    assert abs(y.mean() - share) < 0.01
    assert p.min() > 0 and p.max() < 1
    low, high = y[p < np.quantile(p, 0.3)], y[p > np.quantile(p, 0.7)]
    assert high.mean() > 3 * low.mean()
    standard = (y - p) / np.sqrt(p * (1 - p))
    assert abs(standard.mean()) < 0.03 and abs(standard.std() - 1) < 0.1, "drawn from these probabilities"


def test_synthetic_ratings_have_the_real_shares_and_follow_their_probabilities(raw):
    text, p = raw(Movielens(), 20_000)
    ratings = _labels(Movielens(), text)
    level = (ratings * 2).astype(int) - 1
    assert np.allclose(p.sum(1), 1, atol=1e-5) and (p > 0).all()
    real = np.array([0.0120, 0.0340, 0.0140, 0.0715, 0.0442, 0.2146, 0.1100, 0.2781, 0.0767, 0.1449])
    assert np.abs(np.bincount(level, minlength=10) / len(level) - real).max() < 0.02
    assert np.abs(p.mean(0) - np.bincount(level, minlength=10) / len(level)).max() < 0.01
    users = pl.read_csv(text)["userId"]
    assert users.is_sorted() and users.n_unique() > 100


def test_synthetic_criteo_rows_have_empties_negatives_and_skewed_values(raw):
    text, _ = raw(Criteo(), 20_000)
    frame = pl.read_csv(text, separator="\t", has_header=False, new_columns=COLUMNS, infer_schema=False)
    frame = frame.fill_null("")
    assert 0.7 < (frame["I12"] == "").mean() < 0.8 and (frame["I2"].cast(pl.Int64) < 0).any()
    assert (frame["C3"] == "").any() and not (frame["C1"] == "").any()
    assert frame["C1"].str.contains("^[0-9a-f]{8}$").all()
    counts = frame["C3"].value_counts(sort=True)["count"]
    assert counts[0] > 2000 and (counts == 1).sum() > 1000, "a few frequent values, many rare ones"
    distinct = {c: frame[c].n_unique() for c in CATEGORIES}
    assert distinct["C3"] > distinct["C15"] > distinct["C9"], "sizes in the order of the real ones"


def test_skew_keeps_about_as_many_frequent_values_as_the_real_data():
    for distinct, kept in ((10_131_227, 193_949), (1460, 1458), (142_572, 45_571)):
        size, exponent = synthetic.shape_for(distinct, kept, 45_840_617, 10)
        edges = (np.arange(size + 1) / size) ** (1 / exponent)
        expected = (45_840_617 * np.diff(edges) >= 10).sum()
        assert 0.5 < expected / kept < 2, (size, exponent)


def test_hexadecimal_words_are_a_bijection():
    words = synthetic.hex_words(np.arange(200_000), 3)
    assert words.n_unique() == 200_000 and words.str.len_bytes().unique().to_list() == [8]
    assert synthetic.hex_words(np.arange(5), 3).to_list() != synthetic.hex_words(np.arange(5), 4).to_list()


def test_a_factor_model_is_the_formula_written_out():
    model = synthetic.FactorModel(np.random.default_rng(0), [3, 2, 4], 1.0, 0.5)
    index = [np.random.default_rng(1).integers(0, g, 50) for g in (3, 2, 4)]
    z = model.logits(index)
    first, second = np.zeros(50), np.zeros(50)
    for n in range(50):
        rows = [i[n] for i in index]
        first[n] = sum(model.w[f][g] for f, g in enumerate(rows))
        second[n] = sum(model.v[f][:, rows[f]] @ model.v[h][:, rows[h]] for f in range(3) for h in range(f + 1, 3))
    assert np.allclose(z, first / first.std() + 0.5 * second / second.std())


@pytest.mark.parametrize("v", [*range(-5, 200), 10**6, 10**9 + 7, 2**63, 10**30])
def test_an_integers_category_is_the_recipes(v):
    assert bucket(str(v)) == (str(int(math.log(v) ** 2)) if v > 2 else str(v - 2))


def test_categories_of_what_is_no_integer():
    assert bucket("") == "NULL"
    assert bucket("7.0") == bucket("7") and bucket("-1.0") == "-3"
    assert [bucket(text) for text in ("x", "1.5", "nan", "inf", "1e400", " ")] == [None] * 6
    assert [whole_number(t) for t in ("3", "3.0", "-2", "3.5", "")] == [3, 3, -2, None, None]


@pytest.mark.parametrize(
    ("rounding", "classes"),
    [
        ("ceil", [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        ("half_up", [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        ("half_down", [1, 1, 1, 2, 2, 3, 3, 4, 4, 5]),
        ("drop_halves", [None, 1, None, 2, None, 3, None, 4, None, 5]),
    ],
)
def test_half_stars_become_classes(rounding, classes):
    texts = [str(x / 2) for x in range(1, 11)]
    labels = Movielens(rounding=rounding).labels(texts, Target("multiclass", 5))
    assert labels.tolist() == [DROPPED if c is None else c - 1 for c in classes]
    assert Movielens(rounding=rounding).labels(["4"], Target("multiclass", 5)).tolist() == [3.0]


def test_the_papers_counts_are_known():
    assert _counts(Criteo) == (45_840_617, 39, 1_086_810) and sum(SIZES) == 1_086_810
    assert _counts(Movielens) == (20_000_263, 2, 165_771)
    assert _counts(Avazu) == (40_428_967, 22, 2_018_012) and not Avazu.published.in_paper
    assert Movielens(archive="ml-latest-small").expected() is None, "another archive has other counts"
    assert Movielens(rounding="drop_halves").expected().rows == 14_863_508


def _counts(form) -> tuple[int, int, int]:
    return form.published.rows, form.published.fields, form.published.feature_values


def test_published_counts_stand_beside_a_dataset_of_the_same_task():
    def counts(**settings):
        return published.counts(Dataset(**{"name": "x", "source": "remote", **settings}))

    assert counts(use="criteo", task="binary") is Criteo.published
    assert counts(use="movielens", task="multiclass", n_classes=5).rows == 20_000_263
    assert counts(use="movielens", task="regression") is None
    assert counts(use="table", task="binary") is None
