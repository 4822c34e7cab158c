"""The encoding against an independent, slow, obvious implementation of the recipe."""

import gzip
import math
import zipfile

import numpy as np
import pytest

from autoloss.config import Dataset
from autoloss.data.encode import map_ids, value_counts
from autoloss.data.encode.read import blocks
from autoloss.data.encode.split import random_split


def _rows(lines, separator="\t"):
    return [line.split(separator) for line in lines]


@pytest.fixture
def at_the_threshold(criteo_lines):
    """Lines where a value of C1 is seen exactly ten times, and another nine times."""
    lines = [line.split("\t") for line in criteo_lines(600)]
    for row, line in enumerate(lines):
        line[14] = "at" if row < 10 else "below" if row < 19 else "common"
    return ["\t".join(line) for line in lines]


def test_partition_of_values_equals_the_slow_recipe(at_the_threshold, write, encode, criteo_entry, slow_ids,
                                                    in_file_order, same_partition):  # fmt: skip
    data = encode(criteo_entry(source=str(write("train.txt", "\n".join(at_the_threshold) + "\n"))))
    rows = _rows(at_the_threshold)
    wanted, sizes = slow_ids([row[1:] for row in rows], 10, 13)
    ids, y = in_file_order(data)
    same_partition(ids, wanted)
    assert data.facts.field_sizes == tuple(sizes)
    assert y.tolist() == [float(row[0]) for row in rows]
    c1 = ids[:, 13]
    assert len(set(c1[:10])) == 1 and c1[0] != c1[10], "ten times is kept"
    assert c1[10] == sum(sizes[:13]), "nine times goes to the rare slot, the field's first id"


def test_ids_are_offsets_into_one_table_in_sorted_order(at_the_threshold, write, encode, criteo_entry, in_file_order):
    data = encode(criteo_entry(source=str(write("train.txt", "\n".join(at_the_threshold)))))
    ids, _ = in_file_order(data)
    first = np.cumsum([0, *data.facts.field_sizes])
    assert (ids >= first[:-1]).all() and (ids < first[1:]).all()
    at, common = ids[0, 13], ids[30, 13]
    assert [at - first[13], common - first[13]] == [1, 2], "'at' < 'common', after the rare slot"


def test_values_unseen_in_training_get_the_rare_slot(criteo_lines, write, encode, criteo_entry, slow_ids,
                                                     in_file_order, same_partition):  # fmt: skip
    lines = criteo_lines(400)
    split = random_split(0, 400, 3)
    rows = _rows(lines)
    unseen = int(np.flatnonzero(split == 2)[0])
    rows[unseen][20] = "only in a test row"
    text = "\n".join("\t".join(row) for row in rows)
    entry = criteo_entry(source=str(write("train.txt", text)), vocabulary="train", threshold=2, split_seed=3)
    data = encode(entry)
    wanted, sizes = slow_ids([row[1:] for row in rows], 2, 13, counted=(split == 0).tolist(), rare=True)
    ids, _ = in_file_order(data, 3)
    same_partition(ids, wanted)
    assert data.facts.field_sizes == tuple(sizes)
    assert ids[unseen, 19] == sum(sizes[:19])


def test_synthetic_rows_are_encoded_as_the_slow_recipe_says(
    encode, criteo_entry, slow_ids, in_file_order, same_partition, tmp_path
):
    data = encode(criteo_entry(source="synthetic", rows=3000))
    rows = _rows(next(tmp_path.glob("raw/synthetic/criteo*/train.txt")).read_text().splitlines())
    wanted, sizes = slow_ids([row[1:] for row in rows], 10, 13)
    ids, y = in_file_order(data)
    same_partition(ids, wanted)
    assert data.facts.field_sizes == tuple(sizes) and y.tolist() == [float(row[0]) for row in rows]


def test_real_criteo_rows_are_encoded_as_the_slow_recipe_says(real_file, encode, criteo_entry, slow_ids, in_file_order,
                                                              same_partition):  # fmt: skip
    path = real_file("criteo-1tb-day0-10k.tsv.gz")
    data = encode(criteo_entry(source=str(path)))
    with gzip.open(path, "rt") as file:
        rows = _rows(file.read().splitlines())
    wanted, sizes = slow_ids([row[1:] for row in rows], 10, 13)
    ids, y = in_file_order(data)
    same_partition(ids, wanted)
    assert data.facts.rows == 10_000 and data.facts.field_sizes == tuple(sizes)
    assert y.tolist() == [float(row[0]) for row in rows]


def test_real_ratings_are_encoded_as_the_slow_recipe_says(real_file, encode, movielens_entry, slow_ids, in_file_order,
                                                          same_partition):  # fmt: skip
    path = real_file("ml-latest-small.zip")
    data = encode(movielens_entry(source=str(path)))
    with zipfile.ZipFile(path) as archive:
        inside = {name.rpartition("/")[2]: name for name in archive.namelist()}
        rows = _rows(archive.read(inside["ratings.csv"]).decode().splitlines()[1:], ",")
    wanted, sizes = slow_ids([row[:2] for row in rows], 0, 0)
    ids, y = in_file_order(data)
    same_partition(ids, wanted)
    assert data.facts.rows == 100_836 and sizes == [610, 9724]
    # 9,742 movies are listed, and counted too where the archive has the list
    assert data.facts.field_sizes == (610, 9742 if "movies.csv" in inside else 9724)
    assert y.tolist() == [math.ceil(float(row[2])) - 1 for row in rows]


def test_movies_that_nobody_rated_have_ids_as_in_the_papers_count(encode, movielens_entry, tmp_path):
    ratings = "userId,movieId,rating,timestamp\n" + "".join(
        f"{row % 7},{row % 5},{row % 10 / 2 + 0.5},0\n" for row in range(200)
    )
    with zipfile.ZipFile(tmp_path / "ml.zip", "w") as archive:
        archive.writestr("ml/ratings.csv", ratings)
        archive.writestr("ml/movies.csv", 'movieId,title,genres\n0,A,x\n77,"B, C",x\n4,D,x\n')
    assert encode(movielens_entry(source=str(tmp_path / "ml.zip"))).facts.field_sizes == (7, 6)


@pytest.mark.parametrize(
    ("use", "settings", "digest"),
    [
        ("criteo", {"task": "binary", "threshold": 10}, "5e00c674ecad"),
        ("avazu", {"task": "binary", "threshold": 4}, "4d17227e0bec"),
        ("movielens", {"task": "multiclass", "n_classes": 5}, "64770bd7165a"),
        ("table", {"task": "binary", "flip_positives": 0.4}, "eea1e93f95ff"),
    ],
)
def test_encoded_arrays_stay_as_they_are(use, settings, digest, encode):
    data = encode(Dataset(name=use, use=use, rows=1000, **settings))
    assert data.facts.sha256[:12] == digest, "other arrays are other results: say so in CHANGELOG.md"


@pytest.mark.parametrize("size", [1 << 10, 10_000, 1 << 20])
def test_block_size_changes_nothing(size, criteo_lines, write, encode, criteo_entry, monkeypatch):
    path = write("train.txt", "\n".join(criteo_lines(500)) + "\n")
    entry = criteo_entry(source=str(path), vocabulary="train", threshold=3, flip_positives=0.5)
    whole = encode(entry).facts
    monkeypatch.setattr(blocks, "BLOCK", size)
    monkeypatch.setattr(value_counts, "MOST", 100)  # counts go to the disk
    monkeypatch.setattr(map_ids, "_TOGETHER", 2)
    in_pieces = encode(entry, "again").facts
    assert in_pieces.sha256 == whole.sha256 and in_pieces.class_shares == whole.class_shares
