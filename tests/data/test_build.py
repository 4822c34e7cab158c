"""Preparing a dataset: once, whole or not at all, again when what decides it has changed."""

import errno
import json
import os
import shutil
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from autoloss.config import Dataset
from autoloss.data import facts, load, preparation
from autoloss.data.batches import epoch_batches
from autoloss.data.encode import build, map_ids
from autoloss.data.encode.split import random_split
from autoloss.errors import UserError


@pytest.fixture
def entry(write, criteo_lines, criteo_entry):
    return criteo_entry(source=str(write("train.txt", "\n".join(criteo_lines(300)))))


def _content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_prepared_data_are_not_made_again(entry, encode, tmp_path):
    encode(entry)
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "encoded" / "criteo").iterdir()}
    encode(entry)
    assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "encoded" / "criteo").iterdir()} == before
    assert {"train_ids.npy", "test_labels.npy", "meta.json", "vocabulary.parquet"} <= set(before)
    assert not any((tmp_path / "work").iterdir()), "nothing unfinished stays"


@pytest.mark.parametrize("change", [{"threshold": 3}, {"split_seed": 1}, {"vocabulary": "train"}, {"rows": 200}])
def test_another_setting_makes_other_data(change, entry, encode):
    first = encode(entry).facts
    second = encode(entry.model_copy(update=change)).facts
    assert second.request != first.request and second.sha256 != first.sha256
    assert encode(entry).facts == first


def test_a_local_file_counts_by_its_content(entry, encode, write, criteo_lines):
    first = encode(entry).facts
    moved = write("moved.txt", "\n".join(criteo_lines(300)))
    assert encode(entry.model_copy(update={"source": str(moved)})).facts == first
    write("train.txt", "\n".join(criteo_lines(300, seed=1)))
    assert encode(entry).facts.sha256 != first.sha256


def test_a_file_that_was_lost_or_cut_is_made_again(entry, encode, tmp_path):
    first = _content(tmp_path / "encoded" / "criteo") if encode(entry) else None
    folder = tmp_path / "encoded" / "criteo"
    (folder / "valid_ids.npy").unlink()
    encode(entry)
    os.truncate(folder / "train_ids.npy", 200)
    with pytest.raises(UserError, match="train_ids.npy: 200 bytes, expected"):
        load(folder)
    encode(entry)
    assert _content(folder) == first


def test_bad_input_leaves_the_earlier_data_untouched(entry, encode, tmp_path, write):
    encode(entry)
    before = _content(tmp_path / "encoded" / "criteo")
    write("train.txt", "1\t2\n")
    with pytest.raises(UserError, match="line 1: expected 40 columns, found 2"):
        encode(entry)
    assert _content(tmp_path / "encoded" / "criteo") == before
    assert not any((tmp_path / "work").iterdir())


def test_a_full_disk_is_one_clear_line_and_leaves_nothing_behind(entry, encode, tmp_path, monkeypatch):
    encode(entry)
    before = _content(tmp_path / "encoded" / "criteo")

    def full(self, rows):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(map_ids.ArrayFile, "write", full)
    with pytest.raises(UserError, match="the disk is full .* unfinished work was removed"):
        encode(entry.model_copy(update={"threshold": 2}))
    assert _content(tmp_path / "encoded" / "criteo") == before
    assert not any((tmp_path / "work").iterdir())


def test_a_file_that_may_not_be_read_is_one_clear_line(entry, encode, monkeypatch):
    def refuse(self, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", "train.txt")

    monkeypatch.setattr(preparation.Ledger, "digest", refuse)
    with pytest.raises(UserError, match="^train.txt: Permission denied$"):
        encode(entry)


def test_a_disk_that_is_too_small_is_refused_before_the_work(entry, encode, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(UserError, match="encoding needs at least .* GB, 0.0 GB are free"):
        encode(entry)


def test_a_split_with_one_class_or_no_row_fails_early(encode, write, criteo_lines, criteo_entry, monkeypatch):
    monkeypatch.setattr(build, "map_ids", None)  # not reached
    lines = ["0" + line[1:] for line in criteo_lines(100)]
    with pytest.raises(UserError, match="all 80 rows of the train split have one class"):
        encode(criteo_entry(source=str(write("one.txt", "\n".join(lines)))))
    with pytest.raises(UserError, match="the (valid|test) split is empty, of 4 rows in all"):
        encode(criteo_entry(source=str(write("few.txt", "\n".join(criteo_lines(4))))))


def test_published_facts_are_checked(encode, entry, monkeypatch):
    from autoloss.datasets import Published, criteo

    sizes = tuple(encode(entry).facts.field_sizes)

    def expect(**change):
        known = {"rows": 300, "fields": 39, "feature_values": sum(sizes), "classes": 2, "threshold": 10,
                 "field_sizes": sizes, "label_share": 0.25}  # fmt: skip
        monkeypatch.setattr(criteo.Criteo, "published", Published(**{**known, **change}))
        return encode(entry, f"checked{len(change)}{change}").facts.checks

    assert expect() == ("rows: 300, as published", "positive labels: 0.2500, as published",
                        f"feature values: {sum(sizes)}, as published")  # fmt: skip
    assert expect(rows=301) == (), "another file than the published one"
    with pytest.raises(UserError, match=f"field C2 has {sizes[14]} values, expected {sizes[14] + 1}"):
        expect(field_sizes=(*sizes[:14], sizes[14] + 1, *sizes[15:]))
    with pytest.raises(UserError, match="0.2500 of the labels are positive, expected 0.2600"):
        expect(label_share=0.26)


def test_corrupted_labels_are_in_training_only(encode, criteo_entry):
    clean = encode(criteo_entry(source="synthetic", rows=4000, name="clean"))
    flipped = encode(criteo_entry(source="synthetic", rows=4000, name="flipped", flip_positives=0.4))
    assert (clean.train.ids == flipped.train.ids).all()
    positives, turned = clean.train.y == 1, (clean.train.y == 1) & (flipped.train.y == 0)
    assert 0.35 < turned.sum() / positives.sum() < 0.45
    assert not ((clean.train.y == 0) & (flipped.train.y == 1)).any(), "negatives stay"
    assert (clean.valid.y == flipped.valid.y).all() and (clean.test.y == flipped.test.y).all()
    assert clean.facts.bayes == flipped.facts.bayes
    assert flipped.facts.class_shares["train"][1] == pytest.approx(float(flipped.train.y.mean()), abs=1e-6)


def test_corruption_goes_with_two_classes(encode, movielens_entry):
    with pytest.raises(UserError, match="flip_positives requires task binary, task is multiclass"):
        encode(movielens_entry(source="synthetic", rows=500, flip_positives=0.1))


def test_the_best_possible_metrics_are_those_of_the_true_probabilities(encode, criteo_entry, tmp_path):
    from sklearn.metrics import log_loss, roc_auc_score

    meta = encode(criteo_entry(source="synthetic", rows=3000)).facts
    folder = next(tmp_path.glob("raw/synthetic/criteo*"))
    y = np.array([int(line[0]) for line in (folder / "train.txt").read_text().splitlines()])
    test = random_split(0, 3000, 0) == 2
    p = np.load(folder / "truth.npy")[test].astype(np.float64)
    assert meta.bayes["auc"] == pytest.approx(roc_auc_score(y[test], p))
    assert meta.bayes["logloss"] == pytest.approx(log_loss(y[test], p))


def test_the_best_possible_metrics_of_classes_and_of_numbers(encode, movielens_entry, tmp_path):
    from sklearn.metrics import log_loss, roc_auc_score

    data = encode(movielens_entry(source="synthetic", rows=3000))
    folder = next(tmp_path.glob("raw/synthetic/movielens*"))
    levels = np.load(folder / "truth.npy").astype(np.float64)
    ratings = pl.read_csv(folder / "ratings.csv")["rating"].to_numpy()
    test = random_split(0, 3000, 0) == 2
    p = (levels[:, ::2] + levels[:, 1::2])[test]  # a class is a half star and the whole star above it
    p /= p.sum(1, keepdims=True)
    y = np.ceil(ratings[test]).astype(int) - 1
    assert data.test.y.tolist() == y.tolist()
    assert data.facts.bayes["auc"] == pytest.approx(roc_auc_score(y, p, multi_class="ovr"))
    assert data.facts.bayes["logloss"] == pytest.approx(log_loss(y, p))
    numbers = encode(movielens_entry(source="synthetic", rows=3000, task="regression", n_classes=None), "numbers")
    mean = levels[test] @ (np.arange(1, 11) / 2) / levels[test].sum(1)
    assert numbers.facts.bayes["rmse"] == pytest.approx(np.sqrt(np.mean((ratings[test] - mean) ** 2)))
    assert numbers.test.y.tolist() == ratings[test].astype(np.float32).tolist()


def test_half_stars_can_be_left_out(encode, movielens_entry, tmp_path):
    data = encode(movielens_entry(source="synthetic", rows=3000, params={"rounding": "drop_halves"}))
    ratings = pl.read_csv(next(tmp_path.glob("raw/synthetic/movielens*/ratings.csv")))["rating"].to_numpy()
    whole = ratings[ratings == np.floor(ratings)]
    assert data.facts.rows == len(whole) and data.facts.dropped == 3000 - len(whole) and data.facts.bad_rows == 0
    split = random_split(0, len(whole), 0)
    assert data.test.y.tolist() == (whole[split == 2] - 1).tolist()
    assert 0.5 < data.facts.bayes["auc"] < 1


def test_a_dataset_that_nothing_uses_gets_a_folder_that_says_so(tmp_path, encode, entry):
    used = entry.model_copy(update={"name": "used"})
    config = SimpleNamespace(scale="demo", datasets={"idle": entry, "used": used}, used_datasets=lambda: ("used",))
    folder = preparation.prepare(config, "idle", tmp_path)
    assert json.loads((folder / "meta.json").read_text()) == {"name": "idle", "unused": True}
    with pytest.raises(UserError, match="no experiment at this scale uses 'idle'"):
        facts.read(folder)
    config.used_datasets = lambda: ("idle", "used")
    assert load(preparation.prepare(config, "idle", tmp_path)).facts.rows == 300
    config.used_datasets = lambda: ()
    before = _content(folder)
    preparation.prepare(config, "idle", tmp_path)
    assert _content(folder) == before, "data that are there are left alone"
    with pytest.raises(UserError, match="unknown dataset 'usd'; did you mean 'used'?"):
        preparation.prepare(config, "usd", tmp_path)


def test_tasks_and_sources_that_do_not_fit_are_refused(encode, entry):
    with pytest.raises(UserError, match="task is regression, expected binary for format criteo"):
        encode(entry.model_copy(update={"task": "regression"}))
    with pytest.raises(UserError, match="source synthetic needs rows"):
        encode(entry.model_copy(update={"source": "synthetic"}))
    with pytest.raises(UserError, match="ratings make 5 classes, n_classes is 10"):
        encode(Dataset(name="m", use="movielens", task="multiclass", n_classes=10, rows=100))


def test_encoded_data_train_right_away(encode, movielens_entry):
    data = encode(movielens_entry(source="synthetic", rows=1000))
    for ids, y in epoch_batches(data.train, 100, seed=0, epoch=0):
        assert ids.shape == (100, 2) and y.shape == (100,) and int(ids.max()) < data.facts.n_features
