"""Encoded data as a training finds them, and the checks of what lies on the disk."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch

from autoloss.data import facts, load
from autoloss.data.encode import short_texts, value_counts
from autoloss.data.encode.vocabulary import Vocabulary
from autoloss.data.lookup import find
from autoloss.data.verify import verify
from autoloss.errors import UserError


@pytest.fixture
def folder(encode, criteo_entry, tmp_path):
    encode(criteo_entry(source="synthetic", rows=2000))
    return tmp_path / "encoded" / "criteo"


def test_arrays_have_the_promised_types(folder, encode, movielens_entry):
    data = load(folder)
    assert data.train.ids.dtype == torch.int32 and data.train.y.dtype == torch.float32
    assert data.train.ids.shape == (1600, 39) and len(data.valid) == len(data.test) == 200
    assert encode(movielens_entry(source="synthetic", rows=2000)).train.y.dtype == torch.int64


def test_writing_into_a_loaded_tensor_leaves_the_file_alone(folder):
    before = (folder / "train_labels.npy").read_bytes()
    load(folder).train.y.fill_(7)
    assert (folder / "train_labels.npy").read_bytes() == before and load(folder).train.y.max() == 1


def test_facts_are_read_as_they_were_written(folder, tmp_path):
    known = facts.read(folder)
    assert known.rows == 2000 and known.n_features == sum(known.field_sizes) and known.n_outputs == 1
    known.write(tmp_path)
    assert facts.read(tmp_path) == facts.find(tmp_path) == known


def test_facts_of_data_that_are_not_there_are_none(tmp_path):
    assert facts.find(tmp_path) is None
    facts.write_unused(tmp_path, "idle")
    assert facts.find(tmp_path) is None
    with pytest.raises(UserError, match="no experiment at this scale uses 'idle'"):
        facts.read(tmp_path)


def test_what_is_missing_or_broken_is_one_clear_line(folder):
    with pytest.raises(UserError, match="not found; `autoloss data prepare nowhere` makes it"):
        load(folder.parent / "nowhere")
    (folder / "test_labels.npy").unlink()
    with pytest.raises(UserError, match="test_labels.npy: missing, expected"):
        load(folder)
    (folder / "meta.json").write_text("{")
    with pytest.raises(UserError, match="meta.json: unreadable"):
        load(folder)
    (folder / "meta.json").write_text('{"name": "x"}')
    with pytest.raises(UserError, match="meta.json: written by another version"):
        load(folder)


def test_checks_pass_on_what_was_encoded(folder):
    assert verify(folder)[0].startswith("2000 rows, ")


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("valid_ids.npy", lambda a: a.__setitem__((5, 3), 10**6), "an id outside its field's range"),
        ("valid_ids.npy", lambda a: a.__setitem__((5, 3), a[5, 4]), "an id outside its field's range"),
        ("test_labels.npy", lambda a: a.__setitem__(5, 2), "a label outside 0 … 1"),
        ("test_labels.npy", lambda a: a.__setitem__(5, 0.5), "a label outside 0 … 1"),
        ("train_labels.npy", lambda a: a.fill(0), "all labels of the train split belong to one class"),
        ("train_labels.npy", lambda a: a.__setitem__(5, 1 - a[5]), "the arrays differ from the digest in meta.json"),
    ],
)
def test_checks_find_what_was_changed(name, change, why, folder):
    array = np.load(folder / name, mmap_mode="r+")
    change(array)
    array.flush()
    with pytest.raises(UserError, match=why):
        verify(folder)


def test_a_value_is_looked_up_as_it_was_encoded(folder, in_file_order, tmp_path):
    ids, _ = in_file_order(load(folder))
    line = next(tmp_path.glob("raw/synthetic/criteo*/train.txt")).read_text().splitlines()[7].split("\t")
    for field in (0, 5, 20, 38):
        name = load(folder).facts.field_names[field]
        assert f": id {ids[7, field]} (" in find(folder, name, line[field + 1]), name
    assert "rare or unseen" in find(folder, "C1", "never seen")
    with pytest.raises(UserError, match="field I1 cannot hold 'x', expected an integer or nothing"):
        find(folder, "I1", "x")
    with pytest.raises(UserError, match="unknown field 'I14'; did you mean 'I4'"):
        find(folder, "I14", "x")


def test_a_field_without_a_rare_slot_says_what_it_has_not_seen(encode, movielens_entry, tmp_path):
    encode(movielens_entry(source="synthetic", rows=500))
    with pytest.raises(UserError, match="field userId has no value '99999' and no slot for unseen values"):
        find(tmp_path / "encoded" / "ml", "userId", "99999")


def test_the_vocabulary_on_disk_is_the_one_that_encoded(folder):
    known = facts.read(folder)
    vocabulary = Vocabulary.read(folder, list(known.field_names))
    assert tuple(vocabulary.sizes) == known.field_sizes
    for table, rare in zip(vocabulary.tables, vocabulary.rare_counts, strict=True):
        assert table["count"].min() >= 10 and table["value"].is_sorted()
        assert table["count"].sum() + rare == 2000


@pytest.mark.parametrize("long", ["none", "early", "late"])
@pytest.mark.parametrize("most", [4, 100, 10_000])
@pytest.mark.parametrize("blocks", [2, 1000])
def test_counts_add_up_however_they_come(most, blocks, long, tmp_path, monkeypatch):
    monkeypatch.setattr(value_counts, "MOST", most)
    monkeypatch.setattr(value_counts, "BLOCKS", blocks)
    field, slowly = value_counts.ValueCounts(tmp_path / "field"), {"nobody has it" if long == "early" else "nobody": 0}
    rng = np.random.default_rng(0)
    field.add_unseen(short_texts.shortened(pa.array([*slowly, "v3"])))
    for block in range(50):
        values, numbers = [f"v{i}" for i in rng.integers(0, 30, 8)], rng.integers(0, 4, 8)
        if long == "late" and block % 20 == 15:
            values[0] = "a text of more than eight letters"
        field.add(short_texts.shortened(pa.array(values)), numbers)
        for value, number in zip(values, numbers.tolist(), strict=True):
            slowly[value] = slowly.get(value, 0) + number
    assert any(tmp_path.iterdir()) == (most == 4)
    threshold = 20 if most < 10_000 else 0
    kept, left = field.kept(threshold)
    assert list(kept.iter_rows()) == sorted((v, n) for v, n in slowly.items() if n >= threshold)
    assert left == sum(n for n in slowly.values() if n < threshold)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("texts", [[], [""], ["a", "", "12345678"], ["ä€", "b"], ["123456789"], ["a", "a\0"]])
def test_short_texts_become_numbers_and_texts_again(texts):
    array = pa.array(texts, pa.string())
    short = short_texts.shortened(array)
    assert pa.types.is_uint64(short.type) == all(len(t.encode()) <= 8 and "\0" not in t for t in texts)
    assert short_texts.texts(short).to_pylist() == texts and len(set(short.to_pylist())) == len(texts)


def test_meta_is_the_last_file_and_plain_json(folder):
    meta = json.loads((folder / "meta.json").read_text())
    assert meta["settings"]["threshold"] == 10 and meta["source"]["kind"] == "synthetic"
    assert max(folder.iterdir(), key=lambda p: p.stat().st_mtime_ns).name == "meta.json"
