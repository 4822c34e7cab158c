"""Batches: a function of seed, epoch and number, so that a training resumes anywhere."""

import pytest
import torch

from autoloss.data.batches import ValidationStream, epoch_batches, steps_per_epoch
from autoloss.data.encoded import Split


@pytest.fixture
def split():
    return Split(torch.arange(206, dtype=torch.int32).reshape(103, 2), torch.arange(103.0))


def _rows(batches) -> list[list[float]]:
    return [y.tolist() for _, y in batches]


def test_an_epoch_takes_each_row_once_and_drops_the_incomplete_batch(split):
    batches = _rows(epoch_batches(split, 10, seed=1, epoch=0))
    assert [len(b) for b in batches] == [10] * 10 and steps_per_epoch(103, 10) == 10
    assert len({row for b in batches for row in b}) == 100
    for ids, y in epoch_batches(split, 10, seed=1, epoch=0):
        assert ids[:, 0].tolist() == (2 * y).tolist(), "ids stay with their label"


def test_a_single_incomplete_batch_is_kept(split):
    assert [len(b) for b in _rows(epoch_batches(split, 1000, seed=1, epoch=0))] == [103]


def test_an_epoch_can_be_resumed_at_any_batch(split):
    whole = _rows(epoch_batches(split, 10, seed=1, epoch=3))
    assert _rows(epoch_batches(split, 10, seed=1, epoch=3, start_step=7)) == whole[7:]
    assert _rows(epoch_batches(split, 10, seed=1, epoch=3, start_step=10)) == []


def test_seed_and_epoch_decide_the_order(split):
    orders = [_rows(epoch_batches(split, 10, seed=s, epoch=e)) for s, e in ((0, 0), (0, 1), (1, 0), (1, 1))]
    assert all(a != b for i, a in enumerate(orders) for b in orders[:i])


def test_batch_i_of_a_stream_depends_on_seed_and_i_alone(split):
    stream = ValidationStream(split, 10, seed=4)
    forward = _rows(stream.batch(i) for i in range(35))
    again = ValidationStream(split, 10, seed=4)
    assert [again.batch(i)[1].tolist() for i in (34, 3, 20, 0)] == [forward[i] for i in (34, 3, 20, 0)]
    assert forward[:10] != forward[10:20], "each pass is shuffled anew"
    assert len({row for b in forward[:10] for row in b}) == 100, "a pass takes each row at most once"
    assert _rows(ValidationStream(split, 10, seed=5).batch(i) for i in range(3)) != forward[:3]
    assert _rows(epoch_batches(split, 10, seed=4, epoch=0)) != forward[:10], "not the order of training"


def test_a_stream_over_few_rows_gives_them_all(split):
    stream = ValidationStream(split, 1000, seed=4)
    assert [sorted(stream.batch(i)[1].tolist()) for i in (0, 5)] == [split.y.tolist()] * 2
