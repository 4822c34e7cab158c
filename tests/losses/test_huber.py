import math

import pytest

from autoloss.errors import UserError
from autoloss.losses.huber import Huber


@pytest.mark.parametrize("delta", [0.5, 1.0, 3.0])
def test_huber_is_squared_near_the_target_and_absolute_far_from_it(targets, delta):
    expected = []
    for z, y in zip(*(t.tolist() for t in targets), strict=True):
        d = abs(z - y)
        expected.append(0.5 * d * d if d <= delta else delta * (d - 0.5 * delta))
    assert Huber(delta=delta)(*targets).tolist() == pytest.approx(expected)


def test_its_slope_never_exceeds_delta(targets):
    z, y = targets
    z.requires_grad_()
    Huber(delta=0.7)(z, y).sum().backward()
    assert z.grad.abs().max().item() == pytest.approx(0.7)


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan, math.inf])
def test_a_delta_that_is_not_positive_is_one_clear_line(delta):
    with pytest.raises(UserError, match="^huber: delta: found .*, expected a number above 0$"):
        Huber(delta=delta)
