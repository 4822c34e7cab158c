import math

import pytest
import torch

from autoloss.errors import UserError
from autoloss.losses.cross_entropy import CrossEntropy
from autoloss.losses.kl import KL


def smoothed(label, n_classes, epsilon):
    """(1 - ε)·one-hot + ε·uniform over all classes."""
    return [(1 - epsilon) * (c == label) + epsilon / n_classes for c in range(n_classes)]


def log_softmax(row):
    top = max(row)
    total = math.log(sum(math.exp(z - top) for z in row))
    return [z - top - total for z in row]


@pytest.mark.parametrize("epsilon", [0.05, 0.3])
def test_kl_is_the_divergence_of_the_prediction_from_the_smoothed_label(batch, examples, epsilon):
    expected = [
        sum(
            q * (math.log(q) - log_p)
            for q, log_p in zip(smoothed(label, len(row), epsilon), log_softmax(row), strict=True)
        )
        for row, label in examples
    ]
    assert KL(epsilon=epsilon)(*batch).tolist() == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("epsilon", [0.05, 0.3])
def test_reverse_kl_is_the_divergence_of_the_smoothed_label_from_the_prediction(batch, examples, epsilon):
    expected = [
        sum(
            math.exp(log_p) * (log_p - math.log(q))
            for q, log_p in zip(smoothed(label, len(row), epsilon), log_softmax(row), strict=True)
        )
        for row, label in examples
    ]
    assert KL(epsilon=epsilon, reverse=True)(*batch).tolist() == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_epsilon_is_a_twentieth_by_default(batch):
    assert torch.equal(KL()(*batch), KL(epsilon=0.05)(*batch))


def test_without_smoothing_kl_is_cross_entropy(batch):
    assert torch.equal(KL(epsilon=0.0)(*batch), CrossEntropy()(*batch))


@pytest.mark.parametrize("reverse", [False, True])
def test_both_directions_are_zero_where_the_prediction_is_the_smoothed_label(reverse):
    logits = torch.tensor(smoothed(2, 4, 0.2)).double().log()[None]
    assert KL(epsilon=0.2, reverse=reverse)(logits, torch.tensor([2])).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("parameters", [{"epsilon": -0.1}, {"epsilon": 1.0}, {"epsilon": 0.0, "reverse": True}])
def test_a_parameter_out_of_its_range_is_one_clear_line(parameters):
    with pytest.raises(UserError, match="^kl: epsilon: found .*, expected .*$"):
        KL(**parameters)
