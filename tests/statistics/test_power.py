"""Detectable differences and numbers of seeds."""

import math

import numpy as np
import pytest
from scipy import stats

from autoloss.statistics import minimum_detectable_difference, power, seeds_needed


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_the_detectable_difference_is_found_in_80_of_100_simulated_experiments(n):
    std = 2e-4
    difference = minimum_detectable_difference(std, n)
    experiments = np.random.default_rng(n).normal(difference, std, (20_000, n))
    found = stats.ttest_1samp(experiments, 0, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.012)


@pytest.mark.parametrize("effect", [0.0, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_power_equals_the_noncentral_t(effect, n):
    critical, noncentrality = stats.t.ppf(0.975, n - 1), effect * math.sqrt(n)
    reference = stats.nct.sf(critical, n - 1, noncentrality) + stats.nct.cdf(-critical, n - 1, noncentrality)
    assert power(effect * 3.0, 3.0, n) == pytest.approx(reference, abs=1e-5)


def test_power_is_symmetric_and_grows_with_difference_and_seeds():
    assert power(-1.0, 1.0, 5) == power(1.0, 1.0, 5)
    assert power(0.5, 1.0, 5) < power(1.0, 1.0, 5) < power(1.0, 1.0, 6)
    assert power(1000.0, 1.0, 2) == pytest.approx(1.0)


@pytest.mark.parametrize("n", [2, 3, 5, 8, 30, 400])
def test_seeds_needed_is_the_inverse_of_the_detectable_difference(n):
    difference = minimum_detectable_difference(1.0, n)
    assert seeds_needed(difference, 1.0) == n
    assert seeds_needed(-difference * 0.999, 1.0) == n + 1


def test_seeds_needed_is_the_smallest_number_that_does():
    n = seeds_needed(0.4, 1.0)
    assert power(0.4, 1.0, n) >= 0.8 > power(0.4, 1.0, n - 1)


@pytest.mark.parametrize(("std", "n"), [(1.0, 1), (1.0, 0), (0.0, 5), (math.nan, 5), (math.inf, 5)])
def test_without_spread_or_seeds_nothing_is_said_to_be_detectable(std, n):
    assert math.isnan(minimum_detectable_difference(std, n))
    assert math.isnan(power(1.0, std, n))


@pytest.mark.parametrize(("difference", "std"), [(0.0, 1.0), (1e-9, 1.0), (math.nan, 1.0), (1.0, 0.0), (1.0, math.nan)])
def test_no_number_of_seeds_is_named_where_none_is_known_to_do(difference, std):
    assert seeds_needed(difference, std) is None
