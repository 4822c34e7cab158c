"""Labels that are probabilities, for the losses that take them."""

import pytest
import torch
import torch.nn.functional as F

from autoloss import KL, CrossEntropy, registry
from autoloss.losses import Loss

SOFT = {"cross_entropy", "kl"}


def make(name) -> Loss:
    return registry.load("losses", name)()


@pytest.fixture(params=["binary", "multiclass"])
def soft(request):
    """(logits, probabilities) in float64: soft ones, and some that are whole."""
    random = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(20, 4, generator=random).double()
    y = torch.rand(20, 4, generator=random).double().softmax(1)
    y[:4] = torch.eye(4)
    return (logits, y) if request.param == "multiclass" else (logits[:, 0], y[:, 0])


def classes(logits, y):
    """The same as class logits and class probabilities."""
    return (logits, y) if y.dim() == 2 else (torch.stack([0 * logits, logits], 1), torch.stack([1 - y, y], 1))


def test_cross_entropy_is_the_mean_over_the_label(soft):
    expected = F.cross_entropy(*classes(*soft), reduction="none")
    torch.testing.assert_close(CrossEntropy()(*soft), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("epsilon", [0.0, 0.05])
def test_kl_is_the_divergence_of_the_prediction_from_the_smoothed_label(soft, epsilon):
    z, y = classes(*soft)
    q = (1 - epsilon) * y + epsilon / y.shape[1]
    expected = F.kl_div(z.log_softmax(1), q, reduction="none").sum(1)
    torch.testing.assert_close(KL(epsilon=epsilon)(*soft), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", sorted(SOFT))
def test_probabilities_in_single_precision_do_not_round_a_loss_in_double(name, soft):
    logits, y = soft[0], soft[1].float()
    torch.testing.assert_close(make(name)(logits, y), make(name)(logits, y.double()), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("name", sorted(SOFT))
def test_soft_labels_that_are_whole_cost_what_labels_cost(name):
    logits = torch.randn(12, 4, generator=torch.Generator().manual_seed(1))
    y = torch.arange(12) % 4
    torch.testing.assert_close(make(name)(logits, F.one_hot(y, 4).float()), make(name)(logits, y))
    binary = logits[:, 0], (y > 1).float()
    assert torch.equal(make(name)(*binary), make(name)(binary[0], binary[1].long()))


def test_the_losses_say_whether_they_take_them():
    assert {name for name in registry.names("losses") if make(name).soft_labels} == SOFT
    assert not KL(reverse=True).soft_labels
