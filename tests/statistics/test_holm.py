"""Holm's correction."""

import itertools
import math

import numpy as np
import pytest

from autoloss.statistics import holm


def test_holm_by_hand():
    # Sorted: .005·4 = .02, .01·3 = .03, .03·2 = .06, .04·1 = .04 → raised to .06
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_stays_within_one_and_takes_nothing():
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_tests_that_could_not_be_made_do_not_count():
    adjusted = holm([0.01, math.nan, 0.03])
    assert adjusted[::2] == pytest.approx([0.02, 0.03])
    assert math.isnan(adjusted[1])


def test_holm_equals_the_closed_testing_procedure():
    # p of H_i after Holm = the largest, over all sets of hypotheses with i in them, of the set's Bonferroni p.
    p_values = np.random.default_rng(1).uniform(0, 0.2, 5)
    closed = [
        max(
            min(1, len(group) * min(p_values[j] for j in group))
            for size in range(1, 6)
            for group in itertools.combinations(range(5), size)
            if i in group
        )
        for i in range(5)
    ]
    assert holm(p_values) == pytest.approx(closed)
