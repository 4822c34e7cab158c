import math
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from autoloss import metrics
from autoloss.metrics.auc import binary_auc
from autoloss.metrics.ece import calibration_error
from autoloss.training.evaluation import evaluate


def slow_auc(scores, labels):
    """Counts pairs; nan without any."""
    positive = [s for s, label in zip(scores, labels, strict=True) if label]
    negative = [s for s, label in zip(scores, labels, strict=True) if not label]
    pairs = [1.0 if p > n else 0.5 if p == n else 0.0 for p in positive for n in negative]
    return sum(pairs) / len(pairs) if pairs else math.nan


def slow_ece(confidence, hit, bins=15):
    """Σ_b (n_b / N) |mean hit - mean confidence|, bin by bin."""
    total = 0.0
    for b in range(bins):
        inside = [i for i, p in enumerate(confidence) if min(int(p * bins), bins - 1) == b]
        if inside:
            gap = sum(hit[i] for i in inside) / len(inside) - sum(confidence[i] for i in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(gap)
    return total


def draw(rows, n_classes=2, rounded=False):
    random = torch.Generator().manual_seed(rows)
    logits = torch.randn((rows,) if n_classes == 2 else (rows, n_classes), generator=random)
    logits = logits.round(decimals=1) if rounded else logits  # rounded ones have many ties
    y = torch.randint(n_classes, (rows,), generator=random)
    return logits, y.float() if n_classes == 2 else y


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_auc_counts_pairs_and_half_of_the_ties(examples):
    scores, labels = [s for s, _ in examples], [int(label) for _, label in examples]
    found = binary_auc(torch.tensor(scores).double(), torch.tensor(labels) == 1)
    assert found == pytest.approx(slow_auc(scores, labels), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("rounded", [False, True])
def test_binary_metrics_are_those_of_scikit_learn(rounded):
    logits, y = draw(2000, rounded=rounded)
    found = evaluate(logits, y, "binary")
    probability = logits.double().sigmoid().numpy()
    assert found["auc"] == pytest.approx(roc_auc_score(y, logits), rel=1e-12)
    assert found["logloss"] == pytest.approx(log_loss(y, probability), rel=1e-12)
    assert found["ece"] == pytest.approx(slow_ece(probability.tolist(), y.tolist()), rel=1e-12)


@pytest.mark.parametrize("rounded", [False, True])
def test_multiclass_metrics_are_those_of_scikit_learn_and_of_counting(rounded):
    logits, y = draw(600, n_classes=4, rounded=rounded)
    found = evaluate(logits, y, "multiclass")
    probability = logits.double().softmax(1).numpy()
    assert found["auc"] == pytest.approx(roc_auc_score(y, probability, multi_class="ovr", average="macro"), rel=1e-9)
    pairwise = roc_auc_score(y, probability, multi_class="ovo", average="macro")
    assert found["auc_hand_till"] == pytest.approx(pairwise, rel=1e-9)
    assert found["logloss"] == pytest.approx(log_loss(y, probability), rel=1e-12)
    top = probability.argmax(1)
    expected = slow_ece(probability.max(1).tolist(), (top == y.numpy()).tolist())
    assert found["ece"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("missing", [[2], [0, 3]])
def test_classes_that_do_not_occur_are_left_out_of_both_averages(missing):
    logits, y = draw(80, n_classes=5)
    kept = torch.tensor([label not in missing for label in y.tolist()])
    logits, y = logits[kept], y[kept]
    present = [c for c in range(5) if c not in missing]
    p, labels = logits.double().softmax(1).T.tolist(), y.tolist()
    one_vs_rest = [slow_auc(p[c], [label == c for label in labels]) for c in present]
    one_vs_one = []
    for i, j in combinations(present, 2):
        rows = [r for r, label in enumerate(labels) if label in (i, j)]
        one_vs_one.append(slow_auc([p[i][r] for r in rows], [labels[r] == i for r in rows]))
        one_vs_one.append(slow_auc([p[j][r] for r in rows], [labels[r] == j for r in rows]))
    found = evaluate(logits, y, "multiclass")
    assert found["auc"] == pytest.approx(np.mean(one_vs_rest), rel=1e-12)
    assert found["auc_hand_till"] == pytest.approx(np.mean(one_vs_one), rel=1e-12)


def test_two_classes_as_multiclass_have_the_auc_of_the_binary_task():
    logits, y = draw(200)
    binary = evaluate(logits, y, "binary")
    found = evaluate(torch.stack([torch.zeros(200), logits], 1), y.long(), "multiclass")
    assert found["auc"] == pytest.approx(binary["auc"], rel=1e-12)
    assert found["auc_hand_till"] == pytest.approx(binary["auc"], rel=1e-12)
    assert found["logloss"] == pytest.approx(binary["logloss"], rel=1e-12)


@pytest.mark.parametrize(("task", "n_classes"), [("binary", 2), ("multiclass", 3)])
def test_one_class_alone_has_no_auc_and_everything_else(task, n_classes):
    logits, _ = draw(20, n_classes=n_classes)
    found = evaluate(logits, torch.ones(20).long(), task)
    assert all(math.isnan(value) == name.startswith("auc") for name, value in found.items())


def test_regression_has_the_root_of_the_mean_square_and_the_mean_absolute_error():
    found = evaluate(torch.tensor([1.0, 2.0, 5.0]), torch.tensor([1.0, 4.0, 1.0]), "regression")
    assert found == pytest.approx({"rmse": math.sqrt(20 / 3), "mae": 2.0})


@pytest.mark.parametrize(("task", "n_classes"), [("binary", 2), ("multiclass", 3), ("regression", 2)])
def test_metrics_come_by_name_and_are_all_nan_when_a_logit_is(task, n_classes):
    logits, y = draw(20, n_classes=n_classes)
    expected = tuple(name for name in metrics.names(task) if not metrics.get(name).calibrated)
    assert tuple(evaluate(logits, y, task)) == expected
    logits.view(-1)[3] = math.nan
    found = evaluate(logits, y, task)
    assert tuple(found) == expected and all(math.isnan(value) for value in found.values())


@pytest.mark.parametrize(("task", "n_classes"), [("binary", 2), ("multiclass", 3)])
def test_extreme_logits_have_finite_metrics(task, n_classes):
    logits, y = draw(50, n_classes=n_classes)
    assert all(math.isfinite(value) for value in evaluate(1e4 * logits, y, task).values())


def test_binary_ranks_survive_where_probabilities_are_equal_in_floating_point():
    logits, y = torch.tensor([50.0, 60.0, 70.0, 80.0]), torch.tensor([0.0, 0, 1, 1])
    assert evaluate(logits, y, "binary")["auc"] == 1.0


def test_small_multiclass_probabilities_are_ranked_below_what_a_float_can_tell_from_zero():
    logits = torch.tensor([[0.0, -900.0], [0.0, -850.0], [0.0, -800.0], [0.0, -750.0]])
    found = evaluate(logits, torch.tensor([0, 0, 1, 1]), "multiclass")
    assert found["auc"] == pytest.approx(0.75)  # class 1 is ranked rightly; all probabilities of class 0 are 1


def test_sums_of_single_precision_logits_are_taken_in_double():
    logits = torch.full((3_000_001,), 0.1)
    found = evaluate(logits, torch.ones(3_000_001), "binary")
    assert found["logloss"] == pytest.approx(math.log1p(math.exp(-float(logits[0]))), rel=1e-13)


def test_calibration_error_is_the_gap_where_all_predictions_are_alike():
    hit = torch.tensor([1, 1, 1, 0])
    assert calibration_error(torch.full((4,), 0.9).double(), hit) == pytest.approx(0.15)


def test_calibration_error_bins_are_closed_below_and_the_last_one_above():
    confidence = torch.tensor([0.0, 1 / 15, 1.0, 14 / 15]).double()
    hit = torch.tensor([1, 0, 0, 1])
    assert calibration_error(confidence, hit) == pytest.approx((1 + 1 / 15 + abs(1 - 29 / 15)) / 4)


def test_calibration_error_is_zero_for_frequencies_that_are_met():
    assert calibration_error(torch.tensor([0.25] * 4).double(), torch.tensor([1, 0, 0, 0])) == pytest.approx(0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize(("task", "n_classes"), [("binary", 2), ("multiclass", 4), ("regression", 2)])
def test_an_accelerator_gives_the_same_metrics(task, n_classes):
    logits, y = draw(500, n_classes=n_classes, rounded=True)
    assert evaluate(logits.cuda(), y.cuda(), task) == pytest.approx(evaluate(logits, y, task))
