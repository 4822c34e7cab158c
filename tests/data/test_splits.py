"""Splits: exact shares, and a function of the row's number and the seed alone."""

import numpy as np
import pytest

from autoloss.data.encode.split import TEST, TRAIN, VALID, flipped, random_split


@pytest.mark.parametrize("rows", [10, 100, 12_340])
@pytest.mark.parametrize("seed", [0, 1, 2**31])
def test_shares_are_8_1_1_exactly(rows, seed):
    split = random_split(0, rows, seed)
    assert [(split == s).sum() for s in (TRAIN, VALID, TEST)] == [rows * 8 // 10, rows // 10, rows // 10]


def test_the_tail_is_off_by_one_at_most():
    for rows in range(11, 20):
        split = random_split(0, rows, 5)
        for part, share in ((TRAIN, 0.8), (VALID, 0.1), (TEST, 0.1)):
            assert abs((split == part).sum() - rows * share) < 1.8


def test_a_row_keeps_its_split_whatever_the_chunks():
    whole = random_split(0, 1000, 7)
    pieces = [random_split(first, min(first + 37, 1000) - first, 7) for first in range(0, 1000, 37)]
    assert np.concatenate(pieces).tolist() == whole.tolist()
    assert random_split(0, 100, 7).tolist() == whole[:100].tolist(), "more rows behind it change nothing"


def test_the_seed_decides_and_every_place_is_as_likely():
    assert random_split(0, 1000, 0).tolist() != random_split(0, 1000, 1).tolist()
    split = random_split(0, 200_000, 3).reshape(-1, 10)
    for s in (VALID, TEST):
        share = (split == s).mean(0)  # of each of the ten places; standard error 0.002
        assert np.abs(share - 0.1).max() < 0.01
    pairs = np.zeros((10, 10))
    np.add.at(pairs, (np.argmax(split == VALID, 1), np.argmax(split == TEST, 1)), 1)
    assert (np.diag(pairs) == 0).all() and np.abs(pairs[~np.eye(10, dtype=bool)] / len(split) - 1 / 90).max() < 0.005


def test_corruption_is_a_share_of_rows_that_does_not_depend_on_chunks_or_split():
    wrong = flipped(0, 100_000, 0, 0.4)
    assert abs(wrong.mean() - 0.4) < 0.01
    assert np.concatenate([flipped(0, 333, 0, 0.4), flipped(333, 667, 0, 0.4)]).tolist() == wrong[:1000].tolist()
    assert abs(wrong[random_split(0, 100_000, 0) == TEST].mean() - 0.4) < 0.02
