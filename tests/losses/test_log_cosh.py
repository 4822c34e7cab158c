import math

import pytest
import torch

from autoloss.losses.log_cosh import LogCosh


def test_log_cosh_is_the_logarithm_of_the_hyperbolic_cosine_of_the_error(targets):
    expected = [math.log(math.cosh(z - y)) for z, y in zip(*(t.tolist() for t in targets), strict=True)]
    assert LogCosh()(*targets).tolist() == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_it_does_not_overflow_where_the_cosine_does():
    assert LogCosh()(torch.tensor([1e4, -1e4]), torch.zeros(2)).tolist() == pytest.approx([1e4 - math.log(2)] * 2)


def test_its_slope_is_the_tangent_and_its_curvature_one_less_the_square_of_that(targets):
    z, y = targets
    z.requires_grad_()
    (slope,) = torch.autograd.grad(LogCosh()(z, y).sum(), z, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), z)
    assert torch.allclose(slope, (z - y).tanh()) and torch.allclose(curvature, 1 - (z - y).tanh().square())
