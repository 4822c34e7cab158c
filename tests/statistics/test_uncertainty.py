"""Uncertainty over test rows, by influence functions, and over seeds and rows together."""

import math

import numpy as np
import pytest
from scipy import special, stats

from autoloss import metrics
from autoloss.statistics import compare, over_rows, over_seeds_and_rows

CLASSES = 4


def draw(task, random, n, shift=0.0):
    """Labels, and the logits of two models that were trained on the same rows; `shift` makes the second one worse."""
    if task == "multiclass":
        y = random.integers(0, CLASSES, n)
        signal = random.normal(size=(n, CLASSES)) + np.eye(CLASSES)[y]
    elif task == "binary":
        y = (random.random(n) < 0.3).astype(float)
        signal = random.normal(size=n) + 1.2 * y - 0.9
    else:
        y = random.normal(size=n)
        signal = y + 0.5 * random.normal(size=n)
    a, b = (signal + noise * random.normal(size=signal.shape) for noise in (0.4, 0.4 + shift))
    return y, a, b


def value(name, logits, y):
    """The metric by its definition."""
    if name in ("rmse", "mae"):
        return float(np.sqrt(np.mean((logits - y) ** 2))) if name == "rmse" else float(np.abs(logits - y).mean())
    p = special.expit(logits) if logits.ndim == 1 else special.softmax(logits, axis=1)
    if name == "auc":
        classes = [(p, y == 1)] if logits.ndim == 1 else [(p[:, c], y == c) for c in range(CLASSES)]
        return float(np.mean([auc(scores, positive) for scores, positive in classes if 0 < positive.sum() < len(y)]))
    return float(-np.log(np.where(y == 1, p, 1 - p) if logits.ndim == 1 else p[np.arange(len(y)), y]).mean())


def auc(scores, positive):
    """By the sum of the positives' ranks."""
    n = positive.sum()
    return (stats.rankdata(scores)[positive].sum() - n * (n + 1) / 2) / n / (len(scores) - n)


def estimate(name, y, a, b):
    metric = metrics.get(name)
    difference = value(name, a, y) - value(name, b, y)
    return difference, over_rows(difference, metric.influence(a, y) - metric.influence(b, y))


WITH_INFLUENCE = [
    (name, task)
    for name in metrics.names()
    for task in metrics.get(name).tasks
    if metrics.get(name).influence(*reversed(draw(task, np.random.default_rng(0), 50)[:2])) is not None
]
CASES = [
    case for case in WITH_INFLUENCE if not metrics.get(case[0]).calibrated
]  # the others are these, on other logits


def test_the_metrics_of_the_tables_have_an_influence_function():
    assert set(metrics.headline()) <= {name for name, _ in WITH_INFLUENCE}


@pytest.mark.parametrize(("name", "task"), CASES)
def test_influences_have_mean_zero_and_predict_the_metric_without_a_row(name, task):
    y, a, _ = draw(task, np.random.default_rng(1), 400)
    influences = metrics.get(name).influence(a, y)
    assert influences.mean() == pytest.approx(0, abs=1e-12)
    whole = value(name, a, y)
    for row in range(0, 400, 40):
        without = value(name, np.delete(a, row, 0), np.delete(y, row))
        assert 399 * (whole - without) == pytest.approx(influences[row], rel=0.03, abs=0.02 * influences.std())


@pytest.mark.parametrize(("name", "task"), CASES)
def test_the_error_of_a_difference_is_that_of_a_large_bootstrap(name, task):
    random = np.random.default_rng(2)
    y, a, b = draw(task, random, 500, shift=0.4)
    drawn = []
    for _ in range(500):
        rows = random.integers(0, len(y), len(y))
        drawn.append(value(name, a[rows], y[rows]) - value(name, b[rows], y[rows]))
    difference, found = estimate(name, y, a, b)
    assert found.se == pytest.approx(np.std(drawn, ddof=1), rel=0.12)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.4 * found.se)
    assert found.p == pytest.approx(math.erfc(abs(difference) / found.se / math.sqrt(2)))


@pytest.mark.parametrize(("name", "task"), CASES)
def test_intervals_cover_the_true_difference(name, task):
    """Two models of equal quality: the true difference is zero."""
    covered = 0
    for seed in range(300):
        _, found = estimate(name, *draw(task, np.random.default_rng(3000 + seed), 200))
        covered += found.low <= 0 <= found.high
    assert covered / 300 == pytest.approx(0.95, abs=0.04)


def test_the_error_of_a_binary_auc_is_delongs_by_the_definition():
    y, a, b = draw("binary", np.random.default_rng(3), 300)
    a, b = np.round(a), np.round(b)  # ties
    wins = [np.array([[(x > z) + 0.5 * (x == z) for z in s[y == 0]] for x in s[y == 1]], float) for s in (a, b)]
    of_positives, of_negatives = np.cov([w.mean(1) for w in wins]), np.cov([w.mean(0) for w in wins])
    covariance = of_positives / (y == 1).sum() + of_negatives / (y == 0).sum()
    _, found = estimate("auc", y, a, b)
    assert found.se**2 == pytest.approx(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], rel=0.02)


def test_equal_predictions_are_not_different():
    y, a, _ = draw("multiclass", np.random.default_rng(4), 100)
    _, same = estimate("auc", y, a, a)
    assert (same.se, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_an_absent_class_is_left_out_and_a_single_class_gives_nan():
    y, a, b = draw("multiclass", np.random.default_rng(5), 300)
    kept = y != 2
    assert np.isfinite(metrics.get("auc").influence(a[kept], y[kept])).all()
    assert math.isnan(over_rows(0.1, metrics.get("auc").influence(a[:, 0], np.zeros(300))).p)
    assert math.isnan(over_rows(0.1, metrics.get("auc").influence(np.full(300, np.nan), y == 1)).se)
    assert math.isnan(over_rows(0.1, np.array([0.3])).se)


def test_seeds_and_rows_add_up():
    seeds = compare(dict(enumerate([0.81, 0.82, 0.80, 0.83])), dict(enumerate([0.80, 0.80, 0.80, 0.80])))
    rows = over_rows(seeds.difference, np.random.default_rng(6).normal(size=1000))
    both = over_seeds_and_rows(seeds, rows)
    assert both.se == pytest.approx(math.hypot(seeds.std / 2, rows.se))
    assert both.p > max(seeds.p, rows.p)
    alone = over_seeds_and_rows(seeds, over_rows(seeds.difference, np.zeros(10)))
    assert (alone.low, alone.high, alone.p) == pytest.approx((seeds.low, seeds.high, seeds.p))


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("spread", [0.0, 0.15])
def test_intervals_over_both_cover_what_another_seed_on_another_test_set_shows(seeds, spread):
    """Each seed has an effect of its own, each row another; the truth is zero."""
    covered, n = 0, 400
    for trial in range(200):
        random = np.random.default_rng(5000 + trial)
        losses = random.normal(0, 1.0, n) + random.normal(0, spread, (seeds, 1)) + random.normal(0, 0.3, (seeds, n))
        paired = compare(dict(enumerate(losses.mean(1))), dict.fromkeys(range(seeds), 0.0))
        influences = losses.mean(0) - losses.mean()
        found = over_seeds_and_rows(paired, over_rows(paired.difference, influences))
        covered += found.low <= 0 <= found.high
    assert covered / 200 >= 0.93


def test_an_interval_over_both_is_never_narrower_than_either():
    for trial in range(50):
        random = np.random.default_rng(trial)
        n = 2 + trial % 12
        seeds = compare(dict(enumerate(random.normal(0.2, 1, n))), dict.fromkeys(range(n), 0.0))
        rows = over_rows(seeds.difference, random.normal(0, 10 ** random.uniform(-1, 2), 100))
        both = over_seeds_and_rows(seeds, rows)
        assert both.low < min(seeds.low, rows.low) and both.high > max(seeds.high, rows.high)
        assert both.p > max(seeds.p, rows.p)


def test_the_p_value_is_the_level_at_which_the_interval_ends_at_zero():
    seeds = compare(dict(enumerate([1.0, 2.0, 4.0])), dict.fromkeys(range(3), 0.0))
    rows = over_rows(seeds.difference, np.random.default_rng(7).normal(0, 5, 100))
    both = over_seeds_and_rows(seeds, rows)
    t, z = stats.t.isf(both.p / 2, 2), stats.norm.isf(both.p / 2)
    assert math.hypot(t * seeds.std / 3**0.5, z * rows.se) == pytest.approx(seeds.difference)
    assert math.isnan(over_seeds_and_rows(compare({0: 1.0}, {0: 0.0}), rows).p)
