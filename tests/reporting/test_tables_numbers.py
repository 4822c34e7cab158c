import math

from autoloss.reporting.tables._numbers import beside, fixed, p_value, short, signed, spread, whole


def test_numbers_are_written_so_that_they_can_be_compared():
    assert [fixed(0.80924), fixed(None), fixed(math.nan), fixed(-1.5, 1)] == ["0.8092", "–", "–", "−1.5"]
    assert [signed(0.0011), signed(-0.004), signed(-0.00001)] == ["+0.0011", "−0.0040", "0.0000"]
    assert [short(1240.3), short(12.44), short(0.00312), short(0)] == ["1,240", "12.4", "0.00312", "0"]
    assert [whole(45840617), whole(None)] == ["45,840,617", "–"]


def test_a_spread_that_rounds_to_nothing_is_not_written_as_none():
    assert [spread(0.0003), spread(0.00001), spread(0.0), spread(math.nan)] == ["± 0.0003", "± <0.0001", "± 0.0000", ""]
    assert [beside(0.0204, 2.95), beside(12.3, 1240)] == ["± 0.02", "± 12"]


def test_a_p_value_is_never_zero():
    assert [p_value(0.0312), p_value(1e-9), p_value(math.nan)] == ["0.031", "< 0.001", "–"]
