"""Mean, spread and interval over seeds."""

import math

import numpy as np
import pytest
from scipy import stats

from autoloss.statistics import summarise


def test_interval_equals_that_of_scipy():
    values = [0.8092, 0.8087, 0.8101, 0.8090, 0.8095]
    ours = summarise(values)
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (ours.n, ours.missing) == (5, 0)
    assert (ours.mean, ours.std) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert (ours.low, ours.high) == pytest.approx((low, high))


@pytest.mark.parametrize("n", [2, 3, 5])
def test_interval_covers_the_true_mean_in_95_of_100_samples(n):
    random = np.random.default_rng(n)
    covered = 0
    for _ in range(4000):
        interval = summarise(random.normal(0.8, 2e-4, n))
        covered += interval.low <= 0.8 <= interval.high
    # Binomial(4000, .95) has standard deviation 0.0034; the normal quantile instead of t would cover .70 at n = 2.
    assert covered / 4000 == pytest.approx(0.95, abs=0.014)


def test_thin_data_give_defined_results():
    nothing, one, same = summarise([]), summarise([0.8]), summarise([0.8, 0.8, 0.8])
    assert (nothing.n, one.n) == (0, 1)
    assert math.isnan(nothing.mean) and math.isnan(nothing.low)
    assert one.mean == 0.8 and math.isnan(one.std) and math.isnan(one.high)
    assert same.std == 0 and same.low == same.high == pytest.approx(0.8)


def test_values_that_are_not_finite_are_left_out_and_counted():
    summary = summarise([0.8, math.nan, 0.9, math.inf])
    assert (summary.n, summary.missing, summary.mean) == (2, 2, pytest.approx(0.85))
