import math

import pytest
import torch

from autoloss.errors import UserError
from autoloss.losses.hinge import Hinge


@pytest.mark.parametrize("margin", [1.0, 2.5])
def test_hinge_is_the_mean_lag_behind_the_margin_over_the_other_classes(batch, examples, margin):
    expected = []
    for row, label in examples:
        lags = [max(0.0, margin - (row[label] - z)) for c, z in enumerate(row) if c != label]
        expected.append(sum(lags) / len(lags))
    assert Hinge(margin=margin)(*batch).tolist() == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_for_binary_it_is_one_minus_the_signed_logit_or_nothing():
    z, y = torch.tensor([-2.0, -0.5, 0.0, 0.5, 1.0, 3.0, 0.5]), torch.tensor([1.0, 1, 1, 1, 1, 1, 0])
    expected = [max(0.0, 1 - (2 * label - 1) * logit) for logit, label in zip(z.tolist(), y.tolist(), strict=True)]
    assert Hinge()(z, y).tolist() == pytest.approx(expected)


def test_an_example_beyond_the_margin_has_neither_loss_nor_slope():
    logits = torch.tensor([[5.0, 1.0, 0.0, 3.9]], requires_grad=True)
    loss = Hinge()(logits, torch.tensor([0]))
    loss.sum().backward()
    assert loss.item() == 0 and not logits.grad.any()


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan, math.inf])
def test_a_margin_that_is_not_positive_is_one_clear_line(margin):
    with pytest.raises(UserError, match="^hinge: margin: found .*, expected a number above 0$"):
        Hinge(margin=margin)
