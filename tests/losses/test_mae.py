import pytest

from autoloss.losses.mae import MAE


def test_mae_is_the_absolute_error(targets):
    expected = [abs(z - y) for z, y in zip(*(t.tolist() for t in targets), strict=True)]
    assert MAE()(*targets).tolist() == pytest.approx(expected)
