"""Nothing of the user's is touched: outputs, scratch folders, downloads and lists that the data room replaces."""

import errno
import json
import os
from types import SimpleNamespace

import numpy as np
import pytest

from autoloss import seals
from autoloss.config import Dataset
from autoloss.data import facts
from autoloss.data.fetch.checksums import Ledger
from autoloss.data.preparation import encode_into, prepare
from autoloss.errors import UserError

ROWS = "label,a,b\n" + "".join(f"{i % 2},{i % 3},{i % 5}\n" for i in range(100))


@pytest.fixture
def mine(tmp_path):
    """A folder of the user's with a csv and another file."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "orders.csv").write_text(ROWS)
    (tmp_path / "mine" / "thesis.tex").write_text("precious")
    return tmp_path / "mine"


@pytest.fixture
def source(tmp_path):
    """A csv in a folder of its own."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "orders.csv").write_text(ROWS)
    return tmp_path / "source" / "orders.csv"


@pytest.fixture
def encode_to(tmp_path):
    """encode_to(source, folder, **settings): as `autoloss data encode` does."""

    def run(source, folder, **settings):
        entry = Dataset(name="t", use="table", task="binary", source=str(source), **settings)
        encode_into(entry, folder, tmp_path / "data" / "raw", folder.absolute().parent)

    return run


def _content(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _refused(encode_to, source, folder, why):
    root = folder.parent
    before = _content(root)
    with pytest.raises(UserError, match=why) as error:
        encode_to(source, folder)
    assert "\n" not in str(error.value) and _content(root) == before


def test_a_source_inside_the_output_is_refused(encode_to, mine):
    _refused(encode_to, mine / "orders.csv", mine, "orders.csv: the source lies inside the output .*mine")
    (mine / "orders.csv").rename(mine.parent / "orders.csv")
    _refused(encode_to, mine.parent / "orders.csv", mine.parent, "the source lies inside the output")


@pytest.mark.parametrize("name", ["thesis.tex", "meta.json", "train_ids.npy", ".hidden", "blocks/x.arrow"])
def test_a_folder_with_something_of_the_users_is_refused(name, encode_to, source, tmp_path):
    folder = tmp_path / "folder"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text('{"precious": true}')
    _refused(encode_to, source, folder, "folder: holds .*, which autoloss did not write; nothing was changed")


@pytest.mark.parametrize("name", ["notes.txt", "plots/a.png"])
def test_a_file_that_was_put_beside_encoded_data_is_kept(name, encode_to, source, tmp_path):
    encode_to(source, tmp_path / "out")
    (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "out" / name).write_text("precious")
    before = _content(tmp_path / "out")
    with pytest.raises(UserError, match=f"holds {name.partition('/')[0]}"):
        encode_to(source, tmp_path / "out", threshold=2)
    assert _content(tmp_path / "out") == before


def test_a_file_that_was_put_there_while_encoding_is_kept(encode_to, source, tmp_path, monkeypatch):
    from autoloss.data import preparation

    real = preparation.encode

    def slowly(*arguments):
        real(*arguments)
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "notes.txt").write_text("precious")

    monkeypatch.setattr(preparation, "encode", slowly)
    with pytest.raises(UserError, match="holds notes.txt"):
        encode_to(source, tmp_path / "out")
    assert (tmp_path / "out" / "notes.txt").read_text() == "precious"


def test_a_file_or_a_link_is_no_output_folder(encode_to, source, mine, tmp_path):
    _refused(encode_to, source, mine / "thesis.tex", "thesis.tex: is a file, expected a folder or a new name")
    (tmp_path / "link").symlink_to(mine)
    _refused(encode_to, source, tmp_path / "link", "link: is a link, expected a folder or a new name")


def test_an_empty_folder_and_one_that_was_made_here_are_replaced(encode_to, source, tmp_path):
    (tmp_path / "out").mkdir()
    encode_to(source, tmp_path / "out")
    encode_to(source, tmp_path / "out", threshold=2)
    assert facts.read(tmp_path / "out").settings["threshold"] == 2
    (tmp_path / "out" / "valid_ids.npy").unlink()
    (tmp_path / "out" / "meta.json").write_text(json.dumps({"request": "of an older version"}))
    encode_to(source, tmp_path / "out")
    assert facts.read(tmp_path / "out").settings["threshold"] == 0


def test_nothing_is_left_beside_the_output_and_siblings_are_untouched(encode_to, source, tmp_path):
    for name in ("out.old", "out.scratch", "out.lock"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "precious").write_text("precious")
    before = {p.name for p in tmp_path.iterdir()}
    encode_to(source, tmp_path / "out")
    encode_to(source, tmp_path / "out", threshold=2)
    assert {p.name for p in tmp_path.iterdir()} - before == {"out", "data"}
    assert {p.name for p in (tmp_path / "data").iterdir()} == {"locks", "raw"}
    assert all((tmp_path / name / "precious").exists() for name in ("out.old", "out.scratch", "out.lock"))


@pytest.mark.parametrize("name", [".out.autoloss-scratch", ".out.autoloss-old"])
def test_even_a_folder_with_the_name_of_a_scratch_folder_is_not_touched(name, encode_to, source, tmp_path):
    encode_to(source, tmp_path / "out")
    (tmp_path / name).mkdir()
    (tmp_path / name / "precious").write_text("precious")
    with pytest.raises(UserError, match=f"{name}: holds precious"):
        encode_to(source, tmp_path / "out", threshold=2)
    assert (tmp_path / name / "precious").exists() and facts.read(tmp_path / "out").settings["threshold"] == 0


def test_what_a_killed_run_left_is_removed(encode_to, source, tmp_path):
    scratch, old = tmp_path / ".out.autoloss-scratch", tmp_path / ".out.autoloss-old"
    (scratch / "blocks").mkdir(parents=True)
    half = ("meta.json.part", "meta.json.partial", "columns.json.partial")
    for name in (".autoloss-scratch", "train_ids.npy", "blocks/000001.arrow", "blocks/field3.short000000", *half):
        (scratch / name).touch()
    encode_to(source, old)
    (old / "train_ids.npy").unlink()
    encode_to(source, tmp_path / "out")
    assert not scratch.exists() and not old.exists()


@pytest.mark.parametrize("file", ["meta.json", "columns.json"])
def test_a_file_that_was_half_written_is_removed_with_the_rest(file, encode_to, source, tmp_path, monkeypatch):
    replace = os.replace

    def full(partial, path):
        if path.name == file:
            raise OSError(errno.ENOSPC, "full")
        replace(partial, path)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UserError, match="the disk is full"):
        encode_to(source, tmp_path / "out")
    assert not (tmp_path / ".out.autoloss-scratch").exists()


@pytest.mark.parametrize("place", [".out.autoloss-scratch", "out"])
@pytest.mark.parametrize("threshold", [0, 2])
def test_a_kill_while_a_folder_is_sealed_does_no_harm(threshold, place, encode_to, source, tmp_path):
    encode_to(source, tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / place)
    (tmp_path / place / ".autoloss-scratch").touch()
    meta = json.loads((tmp_path / place / "meta.json").read_text())
    del meta["seal"]
    (tmp_path / place / "meta.json").write_text(json.dumps(meta))
    (tmp_path / place / "meta.json.partial").write_text('{"name')
    encode_to(source, tmp_path / "out", threshold=threshold)
    sealed = seals.sealed_files(tmp_path / "out", facts.FILE)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(sealed)
    assert facts.read(tmp_path / "out").settings["threshold"] == threshold
    assert not (tmp_path / ".out.autoloss-scratch").exists()


def test_a_kill_while_a_dataset_is_called_unused_does_no_harm(tmp_path, monkeypatch):
    def killed(folder, name):
        (folder / "meta.json.part").touch()
        raise KeyboardInterrupt

    folder, written = tmp_path / "encoded" / "demo" / "idle", facts.write_unused
    config = SimpleNamespace(scale="demo", datasets={"idle": None}, used_datasets=tuple)
    monkeypatch.setattr(facts, "write_unused", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare(config, "idle", tmp_path)
    assert not folder.exists()
    monkeypatch.setattr(facts, "write_unused", written)
    assert [path.name for path in prepare(config, "idle", tmp_path).iterdir()] == ["meta.json"]


def test_a_folder_in_the_place_of_an_unused_dataset_is_left_alone(tmp_path):
    folder = tmp_path / "encoded" / "demo" / "idle"
    folder.mkdir(parents=True)
    (folder / "precious").touch()
    prepare(SimpleNamespace(scale="demo", datasets={"idle": None}, used_datasets=tuple), "idle", tmp_path)
    assert [p.name for p in folder.iterdir()] == ["precious"]


@pytest.mark.parametrize("content", [{"mine": 1}, {"files": {}, "first_seen": {}, "mine": 1}, {"files": 3}, []])
def test_somebody_elses_list_of_checksums_is_not_overwritten(content, tmp_path, source):
    path = tmp_path / "raw" / "checksums.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match="checksums.json: expected"):
        Ledger(tmp_path / "raw").digest(source, "sha256")
    assert json.loads(path.read_text()) == content


def test_files_beside_generated_rows_and_downloads_stay(tmp_path):
    raw = tmp_path / "raw"
    (raw / "synthetic").mkdir(parents=True)
    np.save(raw / "synthetic" / "mine.npy", np.arange(3))
    (raw / "ml.zip.part").write_text("a browser's own")
    before = _content(raw)
    entry = Dataset(name="t", use="table", task="binary", rows=100)
    encode_into(entry, tmp_path / "out", raw, tmp_path / "work")
    assert before.items() <= _content(raw).items()
