import pytest

from autoloss.losses.mse import MSE


def test_mse_is_the_squared_error(targets):
    expected = [(z - y) ** 2 for z, y in zip(*(t.tolist() for t in targets), strict=True)]
    assert MSE()(*targets).tolist() == pytest.approx(expected)
