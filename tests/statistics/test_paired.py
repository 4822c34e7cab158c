"""Two methods compared seed by seed."""

import math

import numpy as np
import pytest
from scipy import stats

from autoloss.statistics import compare


def by_seed(values):
    return dict(enumerate(values))


@pytest.fixture(params=[3, 5, 12])
def samples(request):
    random = np.random.default_rng(request.param)
    return random.normal(0.81, 1e-3, request.param), random.normal(0.80, 1e-3, request.param)


def test_both_tests_equal_those_of_scipy(samples):
    ours = compare(*map(by_seed, samples))
    reference = stats.ttest_rel(*samples)
    interval = reference.confidence_interval(0.95)
    assert ours.p == pytest.approx(reference.pvalue)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high))
    assert ours.difference == pytest.approx(np.mean(samples[0] - samples[1]))
    assert ours.p_wilcoxon == pytest.approx(stats.wilcoxon(*samples).pvalue)


def test_seeds_are_paired_by_name_and_not_by_order():
    a, b = {0: 0.80, 1: 0.82, 2: 0.87}, {2: 0.86, 0: 0.81, 1: 0.80, 7: 0.5}
    ours = compare(a, b)
    assert ours.n == 3
    assert ours.difference == pytest.approx((-0.01 + 0.02 + 0.01) / 3)


def test_five_seeds_never_make_the_signed_rank_test_significant():
    ours = compare(by_seed([0.9, 0.91, 0.92, 0.93, 0.945]), by_seed([0.1, 0.12, 0.13, 0.14, 0.15]))
    assert ours.p < 1e-6
    assert ours.p_wilcoxon == pytest.approx(2 / 2**5)


def test_a_single_seed_has_a_difference_and_no_test():
    ours = compare({0: 0.82}, {0: 0.80, 1: 0.81})
    assert (ours.n, ours.difference) == (1, pytest.approx(0.02))
    assert math.isnan(ours.p) and math.isnan(ours.std) and math.isnan(ours.detectable)


def test_no_common_seed_gives_nan_throughout():
    ours = compare({0: 0.82}, {1: 0.80})
    assert ours.n == 0
    assert all(map(math.isnan, (ours.difference, ours.std, ours.p, ours.p_wilcoxon, ours.detectable)))


def test_equal_results_are_not_different():
    ours = compare(by_seed([0.8, 0.7, 0.6]), by_seed([0.8, 0.7, 0.6]))
    assert (ours.difference, ours.p, ours.p_wilcoxon) == (0, 1, 1)


@pytest.mark.parametrize("shift", [1e-2, 1e-6, 1e-9])
def test_a_constant_difference_has_no_spread_and_so_no_p_value(shift):
    base = [0.8013, 0.7991, 0.8107, 0.79]
    ours = compare(by_seed([value + shift for value in base]), by_seed(base))
    assert ours.difference == pytest.approx(shift, rel=1e-5)
    assert ours.std == 0
    assert math.isnan(ours.p) and math.isnan(ours.detectable)


def test_a_seed_without_a_number_drops_out_of_the_pairing():
    ours = compare({0: 0.8, 1: math.nan, 2: 0.9, 3: 0.7}, {0: 0.7, 1: 0.7, 2: 0.85, 3: math.inf})
    assert (ours.n, ours.difference) == (2, pytest.approx(0.075))


def test_without_a_true_difference_p_is_below_5_percent_in_5_of_100_comparisons():
    random = np.random.default_rng(0)
    low = [compare(by_seed(random.normal(size=5)), by_seed(random.normal(size=5))).p < 0.05 for _ in range(1500)]
    assert np.mean(low) == pytest.approx(0.05, abs=0.015)
