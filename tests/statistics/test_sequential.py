"""A paired t-test made at several looks: its level over all of them, checked with simulated series of our own."""

import math

import numpy as np
import pytest
from scipy import stats

from autoloss.statistics import compare, over_rows, over_seeds_and_rows, repeated_p, within_reach
from autoloss.statistics.sequential import nominal, series_p

SERIES = 40_000
LOOKS = [(5, 10, 15, 20), (2, 3, 4), (3, 10)]


def single_p(looks, effect=0.0, seed=2024):
    """[SERIES, K] p values of scipy's t-test at each look, in series with other random numbers than the boundaries'."""
    differences = np.random.default_rng(seed).standard_normal((SERIES, looks[-1])) + effect
    return np.stack([stats.ttest_1samp(differences[:, :n], 0.0, axis=1).pvalue for n in looks], axis=1)


def crossed(looks, p, alpha):
    return p <= [nominal(looks, look, alpha) for look in range(len(looks))]


@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 8])
def test_all_looks_together_find_what_is_not_there_with_probability_alpha(looks, alpha):
    found = crossed(looks, single_p(looks), alpha).any(axis=1).mean()
    # four standard errors of this simulation, and 3 % for that of the boundaries
    assert found == pytest.approx(alpha, abs=4 * math.sqrt(alpha / SERIES) + 0.03 * alpha)


def test_to_look_each_time_at_alpha_itself_would_not_do():
    p = single_p(LOOKS[0])
    assert (p <= 0.05).any(axis=1).mean() > 0.1


@pytest.mark.parametrize("looks", LOOKS)
def test_the_first_look_spends_its_share_of_alpha_and_the_last_one_all_of_it(looks):
    share = math.log(1 + (math.e - 1) * looks[0] / looks[-1])
    assert nominal(looks, 0, 0.05) == pytest.approx(0.05 * share)
    assert nominal((7,), 0, 0.05) == pytest.approx(0.05)


@pytest.mark.parametrize("looks", LOOKS)
def test_the_p_value_of_a_series_is_the_level_whose_boundary_is_crossed(looks):
    for look in range(len(looks)):
        for alpha in (2e-5, 1e-3, 0.05, 0.4):
            assert series_p(looks, look, nominal(looks, look, alpha)) == pytest.approx(alpha, rel=1e-6)
        falling = [series_p(looks, look, p) for p in np.geomspace(1, 1e-9, 60)]
        assert falling == sorted(falling, reverse=True) and falling[0] == 1.0
        assert math.isnan(series_p(looks, look, math.nan))


def test_a_repeated_p_value_below_any_alpha_is_as_rare_as_alpha_however_the_looks_end():
    looks, p = LOOKS[0], single_p(LOOKS[0], seed=7)[:10_000]
    repeated = np.array([min(series_p(looks, k, x) for k, x in enumerate(row)) for row in p])
    for alpha in (0.01, 0.05, 0.2):
        assert (repeated <= alpha).mean() <= alpha + 4 * math.sqrt(alpha / len(p))


def test_a_true_difference_is_found_with_fewer_seeds_on_average():
    looks = LOOKS[0]
    found = crossed(looks, single_p(looks, effect=1.2), 0.05)
    used = np.where(found.any(axis=1), np.array(looks)[found.argmax(axis=1)], looks[-1])
    assert found.any(axis=1).mean() > 0.97 and used.mean() < 11


def paired(effect, n, seed=0):
    random = np.random.default_rng(seed)
    ours = dict(enumerate(0.8 + 0.01 * random.standard_normal(n)))
    return {
        s: v + 0.001 * (effect + e) for (s, v), e in zip(ours.items(), random.standard_normal(n), strict=True)
    }, ours


def test_interval_and_p_of_a_comparison_are_those_of_the_design():
    a, b = paired(1.0, 8)
    fixed, sequential = compare(a, b), compare(a, b, LOOKS[0])
    level = nominal(LOOKS[0], 1, 0.05)
    assert (sequential.n, sequential.look, sequential.difference) == (8, 1, fixed.difference)
    half = stats.t.ppf(1 - level / 2, 7) * fixed.std / math.sqrt(8)
    assert (sequential.low, sequential.high) == pytest.approx((fixed.difference - half, fixed.difference + half))
    assert sequential.p == repeated_p(a, b, LOOKS[0]) > fixed.p
    assert math.isnan(sequential.p_wilcoxon) and not math.isnan(fixed.p_wilcoxon)


def test_seeds_between_two_looks_are_judged_as_the_later_one():
    a, b = paired(1.0, 6)
    assert compare(a, b, LOOKS[0]).look == 1
    assert compare({**a, 19: 0.8}, {**b, 19: 0.8}, LOOKS[0]).look == len(LOOKS[0]) - 1


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_seeds_have_no_p_value(n):
    a, b = paired(1.0, n)
    assert math.isnan(compare(a, b, LOOKS[0]).p)


def test_a_difference_out_of_reach_is_one_that_the_last_look_would_hardly_find():
    steps = dict(enumerate([1e-3, -1e-3] * 4))
    zero = dict.fromkeys(steps, 0.0)
    assert not within_reach(steps, zero, LOOKS[0], 0.05 / 8)
    assert within_reach({s: v + 1e-3 for s, v in steps.items()}, zero, LOOKS[0], 0.05 / 8)
    assert not within_reach(zero, zero, LOOKS[0], 0.05)
    assert within_reach({0: 1.0}, {0: 0.0}, LOOKS[0], 0.05)


def test_seeds_and_rows_together_are_as_strict_as_seeds_alone():
    a, b = paired(1.0, 8)
    rows = over_rows(0.001, np.zeros(100))
    fixed, sequential = (over_seeds_and_rows(compare(a, b, looks), rows) for looks in ((), LOOKS[0]))
    alone = compare(a, b, LOOKS[0])
    assert (sequential.low, sequential.high) == pytest.approx((alone.low, alone.high))
    assert sequential.p > fixed.p
