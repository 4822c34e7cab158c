"""Holm's correction, the best baseline, and stars."""

import itertools
import math

import numpy as np
import pytest

from autoloss.reporting.statistics import Block, best_baseline, better, compare, holm, star


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


def test_better_knows_which_way_is_up():
    assert better(0.1, True) and better(-0.1, False)
    assert not any(better(d, up) for d in (0.0, math.nan) for up in (True, False))
    assert not better(-0.1, True) and not better(0.1, False)


def scores(**methods):
    return {method: dict(enumerate(values)) for method, values in methods.items()}


def test_best_baseline_has_the_best_mean_over_the_seeds_it_shares_with_ours():
    block = Block("x", scores(ce=[0.7, 0.8], slf=[0.74, 0.75, 0.99], autoloss=[0.9, 0.9]), True)
    assert best_baseline(block) == "ce"
    assert best_baseline(block, others=["slf"]) == "slf"
    assert best_baseline(Block("x", block.scores, False)) == "slf"


def test_a_tie_goes_to_the_first_and_no_shared_seed_to_none():
    assert best_baseline(Block("x", scores(kl=[0.5], ce=[0.5], autoloss=[0.9]), True)) == "kl"
    assert best_baseline(Block("x", {"ce": {5: 0.1}, "autoloss": {0: 0.2}}, True)) is None


BASE = np.array([0.80, 0.81, 0.79, 0.805, 0.795])
JITTER = np.array([0.0, 1e-4, -1e-4, 2e-4, -2e-4])


def test_a_star_needs_the_right_direction():
    methods = scores(autoloss=BASE + 0.01 + JITTER, ce=BASE)
    up, down = star([Block("auc", methods, True), Block("logloss", methods, False)])
    assert up.p_adjusted < 0.05 and up.significant
    assert down.p_adjusted < 0.05 and not down.significant


def test_a_star_can_be_lost_to_the_correction():
    near = Block("near", scores(autoloss=BASE + 2.5e-4 + JITTER, ce=BASE), True)
    unclear = [Block(k, scores(autoloss=BASE + JITTER * (k + 1), ce=BASE), True) for k in range(7)]
    raw = compare(near.scores["autoloss"], near.scores["ce"]).p
    assert 0.01 < raw < 0.05
    assert star([near])[0].significant
    assert not star([near, *unclear])[0].significant
    assert star([near, *unclear])[0].p_adjusted == pytest.approx(8 * raw)


@pytest.mark.parametrize(
    "methods",
    [
        scores(autoloss=[0.9], ce=[0.8]),
        scores(autoloss=[0.9, 0.9, 0.9], ce=[0.8, 0.8, 0.8]),
        scores(autoloss=[0.8, 0.7], ce=[0.8, 0.7]),
        scores(autoloss=[math.nan] * 3, ce=[0.8, 0.7, 0.6]),
        scores(autoloss=[0.9, 0.8, 0.85]),
        scores(ce=[0.9, 0.8, 0.85]),
    ],
    ids=["one seed", "no spread", "all equal", "all NaN", "no baseline", "no AutoLoss"],
)
def test_thin_data_never_earn_a_star(methods):
    assert not star([Block("x", methods, True)])[0].significant


def test_methods_without_results_are_named():
    starred = star([Block("x", {"ce": {0: 0.8}, "slf": {}, "autoloss": {0: 0.9}}, True)])[0]
    assert (starred.baseline, starred.absent) == ("ce", ("slf",))
