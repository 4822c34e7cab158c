"""Encoded data that were damaged: noticed, named, encoded again."""

import os
import random

import numpy as np
import pytest

from autoloss.data import facts, intact
from autoloss.data.preparation import encode_into
from autoloss.errors import UserError

SAMPLE = int(os.environ.get("AUTOLOSS_DAMAGES", "8"))  # `make test-crashes` hurts 200 files


@pytest.fixture
def encoded(tmp_path, criteo_entry):
    """A folder of encoded data, and the function that prepares it again."""

    def prepare():
        encode_into(
            criteo_entry(source="synthetic", rows=1000),
            tmp_path / "encoded" / "demo" / "clicks",
            tmp_path / "raw",
            tmp_path / "work",
        )

    prepare()
    return tmp_path / "encoded" / "demo" / "clicks", prepare


def test_labels_reversed_in_place_are_noticed_and_encoded_again(encoded, tmp_path, capsys):
    folder, prepare = encoded
    labels = np.load(folder / "train_labels.npy", mmap_mode="r+")
    before = labels.copy()
    labels[:] = before[::-1]
    labels.flush()
    with pytest.raises(UserError, match=r"train_labels\.npy: differs from its seal"):
        intact.check(folder, tmp_path)
    prepare()
    assert "train_labels.npy: differs from its seal" in capsys.readouterr().out
    assert np.array_equal(np.load(folder / "train_labels.npy"), before)
    intact.check(folder, tmp_path)


@pytest.mark.parametrize("seed", range(SAMPLE))
def test_a_random_damage_is_noticed_and_mended(encoded, tmp_path, seed):
    folder, prepare = encoded
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    chance = random.Random(seed)
    name = chance.choice(sorted(before))
    content, place = bytearray(before[name]), chance.randrange(len(before[name]))
    if chance.random() < 0.5:
        content[place] ^= 1 << chance.randrange(8)
    else:
        content = content[:place]
    (folder / name).write_bytes(content)
    try:
        known = facts.read(folder)
        intact.check(folder, tmp_path)
        assert name == facts.FILE and known.sha256.encode() in before[name]  # white space
    except UserError as told:
        assert name in str(told) and "\n" not in str(told)
    try:
        prepare()
    except UserError as told:  # so little is left of meta.json that it may be somebody else's
        assert name == facts.FILE and "nothing was changed" in str(told)
    else:
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == before or name == facts.FILE


def test_data_of_an_earlier_version_are_sealed_if_their_digest_is_right(encoded, tmp_path):
    folder, prepare = encoded
    known = facts.read(folder)
    known.write(folder)  # without a seal
    times = (folder / "train_ids.npy").stat().st_mtime_ns
    prepare()
    assert (folder / "train_ids.npy").stat().st_mtime_ns == times
    (folder / "train_ids.npy").write_bytes(b"")
    with pytest.raises(UserError, match=r"train_ids\.npy"):
        intact.check(folder, tmp_path)
