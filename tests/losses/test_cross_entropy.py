import math

import pytest
import torch

from autoloss.losses.cross_entropy import CrossEntropy


def test_cross_entropy_is_minus_the_log_probability_of_the_label(batch, examples):
    expected = [math.log(sum(math.exp(z - row[label]) for z in row)) for row, label in examples]
    assert CrossEntropy()(*batch).tolist() == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_its_slope_is_prediction_minus_label(batch, examples, softmax):
    logits, y = batch
    logits.requires_grad_()
    (slope,) = torch.autograd.grad(CrossEntropy()(logits, y).sum(), logits)
    expected = [[p - (c == label) for c, p in enumerate(softmax(row))] for row, label in examples]
    if logits.dim() == 1:
        expected = [row[1] for row in expected]
    assert torch.allclose(slope, torch.tensor(expected).double(), rtol=1e-6, atol=1e-7)
