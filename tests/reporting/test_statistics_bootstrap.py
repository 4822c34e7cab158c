"""The paired bootstrap over test rows."""

import math

import numpy as np
import pytest
from scipy import special, stats
from sklearn.metrics import log_loss, roc_auc_score

from autoloss.errors import UserError
from autoloss.reporting.statistics import bootstrap
from autoloss.reporting.statistics.bootstrap import paired_bootstrap
from autoloss.reporting.statistics.delong import auc_difference


def binary(seed, n, noise=0.5):
    random = np.random.default_rng(seed)
    y = (random.random(n) < 0.3).astype(np.float32)
    z = random.normal(size=n) + 1.2 * y - 0.9
    a, b = (z + size * random.normal(size=n) for size in (0.3, noise))
    return y, a.astype(np.float32), b.astype(np.float32)


def multiclass(seed, n, classes=4):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, n)
    z = random.normal(size=(n, classes)) + np.eye(classes)[y]
    return y, z + 0.3 * random.normal(size=z.shape), z + 0.6 * random.normal(size=z.shape)


@pytest.mark.parametrize("ties", [False, True])
def test_weighted_auc_equals_that_of_rows_repeated(ties):
    y, z, _ = binary(0, 150)
    z = np.round(z) if ties else z
    counts = np.random.default_rng(1).poisson(1, 150).astype(np.uint8)
    ours = bootstrap._auc(z, y)(counts)
    assert ours == pytest.approx(roc_auc_score(np.repeat(y, counts), np.repeat(z, counts)))


def test_weighted_macro_auc_equals_that_of_rows_repeated():
    y, z, _ = multiclass(0, 200)
    counts = np.random.default_rng(1).poisson(1, 200).astype(np.uint8)
    p = special.softmax(z, axis=1)
    reference = roc_auc_score(np.repeat(y, counts), np.repeat(p, counts, axis=0), multi_class="ovr", average="macro")
    assert bootstrap._auc(z, y)(counts) == pytest.approx(reference)


def test_weighted_logloss_equals_that_of_rows_repeated():
    counts = np.random.default_rng(1).poisson(1, 200).astype(np.uint8)
    y, z, _ = binary(0, 200)
    repeated = np.repeat(y, counts), np.repeat(special.expit(z.astype(float)), counts)
    assert bootstrap._logloss(z, y)(counts) == pytest.approx(log_loss(*repeated))
    y, z, _ = multiclass(0, 200)
    repeated = np.repeat(y, counts), np.repeat(special.softmax(z, axis=1), counts, axis=0)
    assert bootstrap._logloss(z, y)(counts) == pytest.approx(log_loss(*repeated))


def test_counts_are_poisson_with_mean_one():
    counts = bootstrap._poisson(np.random.default_rng(0), 200_000)
    expected = stats.poisson.pmf(np.arange(5), 1.0)
    assert np.bincount(counts)[:5] / 200_000 == pytest.approx(expected, abs=0.004)
    assert counts.max() <= 11


def test_error_and_interval_of_auc_agree_with_delong():
    y, a, b = binary(2, 3000)
    ours, reference = paired_bootstrap([a], [b], y, "auc", 600), auc_difference(a, b, y)
    assert ours.difference == pytest.approx(reference.difference)
    assert ours.se == pytest.approx(reference.se, rel=0.1)
    assert (ours.low, ours.high) == pytest.approx((reference.low, reference.high), abs=0.35 * reference.se)


def test_error_of_logloss_agrees_with_that_of_a_mean_of_paired_differences():
    y, a, b = multiclass(3, 2000)
    losses = [-special.log_softmax(z, axis=1)[np.arange(len(y)), y] for z in (a, b)]
    differences = losses[0] - losses[1]
    ours = paired_bootstrap([a], [b], y, "logloss", 600)
    assert ours.difference == pytest.approx(differences.mean())
    assert ours.se == pytest.approx(stats.sem(differences), rel=0.1)


def test_several_models_a_side_are_averaged():
    y, a, b = binary(4, 500)
    ours = paired_bootstrap([a, b], [b, b], y, "auc", 50)
    assert ours.difference == pytest.approx((roc_auc_score(y, a) - roc_auc_score(y, b)) / 2)


def test_the_seed_decides_the_resamples():
    y, a, b = binary(5, 300)
    first = paired_bootstrap([a], [b], y, "auc", 60, seed=1)
    assert first == paired_bootstrap([a], [b], y, "auc", 60, seed=1)
    assert first.se != paired_bootstrap([a], [b], y, "auc", 60, seed=2).se


def test_p_is_uniform_without_a_true_difference_and_small_with_one():
    p = []
    for seed in range(200):
        y, a, b = binary(100 + seed, 150, noise=0.3)
        p.append(paired_bootstrap([a], [b], y, "auc", 99, seed=seed).p)
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.06)
    y, a, b = binary(6, 2000, noise=3.0)
    assert paired_bootstrap([a], [b], y, "auc", 199).p == pytest.approx(2 / 200)


def test_equal_predictions_are_not_different():
    y, a, _ = binary(7, 100)
    same = paired_bootstrap([a], [a], y, "logloss", 50)
    assert (same.difference, same.se, same.p) == (0, 0, 1)


def test_undefined_metrics_give_nan_and_no_exception():
    y, a, b = binary(8, 50)
    assert math.isnan(paired_bootstrap([a], [b], np.zeros(50), "auc", 20).p)
    assert math.isnan(paired_bootstrap([np.full(50, np.nan)], [b], y, "auc", 20).difference)
    assert math.isnan(paired_bootstrap([np.full(50, np.nan)], [b], y, "logloss", 20).difference)


def test_an_absent_class_is_left_out_of_the_macro_mean():
    y, a, b = multiclass(9, 300)
    kept = y != 2
    found = paired_bootstrap([a[kept]], [b[kept]], y[kept], "auc", 20)
    p = [special.softmax(z[kept], axis=1) for z in (a, b)]
    macro = [np.mean([roc_auc_score(y[kept] == c, q[:, c]) for c in (0, 1, 3)]) for q in p]
    assert found.difference == pytest.approx(macro[0] - macro[1])


def test_another_metric_is_a_clear_error():
    with pytest.raises(UserError, match="unknown metric 'ece'; known: auc, logloss"):
        paired_bootstrap([np.zeros(2)], [np.zeros(2)], np.array([0, 1]), "ece")
