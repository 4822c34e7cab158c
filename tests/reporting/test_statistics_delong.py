"""DeLong's errors of AUCs on the same rows."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from autoloss.reporting.statistics.delong import auc_difference, auc_estimate


def rows(seed, n, noise_a=1.0, noise_b=1.0, ties=False):
    """Labels, and two correlated scores."""
    random = np.random.default_rng(seed)
    labels = (random.random(n) < 0.35).astype(int)
    signal = labels + random.normal(size=n)
    a, b = (signal + noise * random.normal(size=n) for noise in (noise_a, noise_b))
    return labels, *((np.round(a), np.round(b)) if ties else (a, b))


def covariance_by_pairs(a, b, labels):
    """DeLong's 2 × 2 covariance of the two AUCs, by the definition: every positive against every negative."""
    wins = [
        np.array([[(x > y) + 0.5 * (x == y) for y in s[labels == 0]] for x in s[labels == 1]], float) for s in (a, b)
    ]
    of_positives = np.cov([w.mean(1) for w in wins])
    of_negatives = np.cov([w.mean(0) for w in wins])
    return of_positives / (labels == 1).sum() + of_negatives / (labels == 0).sum()


@pytest.mark.parametrize("ties", [False, True])
def test_auc_and_errors_equal_the_definition(ties):
    labels, a, b = rows(0, 80, 0.7, 1.5, ties)
    covariance = covariance_by_pairs(a, b, labels)
    for scores, variance in ((a, covariance[0, 0]), (b, covariance[1, 1])):
        estimate = auc_estimate(scores, labels)
        assert estimate.auc == pytest.approx(roc_auc_score(labels, scores))
        assert estimate.se == pytest.approx(math.sqrt(variance))
    difference = auc_difference(a, b, labels)
    assert difference.difference == pytest.approx(roc_auc_score(labels, a) - roc_auc_score(labels, b))
    assert difference.se**2 == pytest.approx(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    z = difference.difference / difference.se
    assert difference.p == pytest.approx(math.erfc(abs(z) / math.sqrt(2)))


def test_mean_auc_of_several_models_takes_their_covariances_into_account():
    labels, a, b = rows(1, 60)
    variance = covariance_by_pairs(a, b, labels).mean()  # Var((A + B) / 2)
    estimate = auc_estimate(np.stack([a, b]), labels)
    assert estimate.auc == pytest.approx((roc_auc_score(labels, a) + roc_auc_score(labels, b)) / 2)
    assert estimate.se == pytest.approx(math.sqrt(variance))


def permutation_p(a, b, labels, random, rounds=1500):
    """Two-sided p: which score is whose is exchangeable row by row, once both are ranks."""
    ranks = np.stack([s.argsort().argsort() for s in (a, b)]).astype(float)
    observed = abs(np.subtract(*(roc_auc_score(labels, r) for r in ranks)))
    n_positive, n_negative = (labels == 1).sum(), (labels == 0).sum()
    extreme = 0
    for _ in range(rounds):
        swapped = np.where(random.random(len(labels)) < 0.5, ranks, ranks[::-1])
        swapped += 1e-3 * random.random(swapped.shape)  # ranks that now stand twice are put in either order
        # The sum of the positives' ranks gives the AUC, but for a constant.
        sums = [s.argsort().argsort()[labels == 1].sum() for s in swapped]
        extreme += abs(sums[0] - sums[1]) / (n_positive * n_negative) >= observed - 1e-12
    return (extreme + 1) / (rounds + 1)


@pytest.mark.parametrize(("seed", "noise_b"), [(0, 1.0), (1, 1.25), (2, 1.35), (3, 1.5)])
def test_p_values_agree_with_a_permutation_test(seed, noise_b):
    labels, a, b = rows(seed, 500, 1.0, noise_b)
    p = auc_difference(a, b, labels).p
    assert p == pytest.approx(permutation_p(a, b, labels, np.random.default_rng(9)), abs=0.02)


def test_intervals_cover_the_true_auc_and_the_true_difference():
    true_auc = 0.5 * math.erfc(-1 / math.sqrt(2 + 2 * 1.0) / math.sqrt(2))  # Φ(1/√(2(1 + noise²)))
    single = paired = 0
    for seed in range(600):
        labels, a, b = rows(1000 + seed, 200)
        estimate, difference = auc_estimate(a, labels), auc_difference(a, b, labels)
        single += estimate.low <= true_auc <= estimate.high
        paired += difference.low <= 0 <= difference.high
    assert single / 600 == pytest.approx(0.95, abs=0.03)
    assert paired / 600 == pytest.approx(0.95, abs=0.03)


def test_pairing_is_tighter_than_independent_errors():
    labels, a, b = rows(3, 400, 0.1, 0.1)
    apart = math.hypot(auc_estimate(a, labels).se, auc_estimate(b, labels).se)
    assert auc_difference(a, b, labels).se < apart / 3


def test_the_same_ranking_is_not_different():
    labels, a, _ = rows(4, 100)
    same = auc_difference(a, 3 * a + 1, labels)
    assert (same.difference, same.se, same.p) == (0, 0, 1)


def test_a_perfect_against_a_constant_score_has_no_error_and_so_no_p():
    labels = np.array([0, 0, 1, 1])
    difference = auc_difference(labels.astype(float), np.zeros(4), labels)
    assert difference.difference == 0.5 and math.isnan(difference.p)


@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1]])
def test_an_absent_class_gives_nan(labels):
    scores = np.array([0.1, 0.2, 0.3])
    assert math.isnan(auc_estimate(scores, np.array(labels)).auc)
    assert math.isnan(auc_difference(scores, scores, np.array(labels)).p)


def test_a_nan_score_or_a_single_positive_gives_nan_and_no_exception():
    labels = np.array([0, 1, 0, 0])
    single = auc_estimate(np.array([0.1, 0.3, 0.2, 0.4]), labels)
    assert single.auc == pytest.approx(2 / 3) and math.isnan(single.se)
    assert math.isnan(auc_estimate(np.array([0.1, math.nan, 0.2, 0.4]), labels).auc)
