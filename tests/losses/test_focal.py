import math

import pytest
import torch

from autoloss.errors import UserError
from autoloss.losses.cross_entropy import CrossEntropy
from autoloss.losses.focal import Focal


def slowly(row, label, gamma, softmax):
    probabilities = softmax(row)
    rest = sum(p for c, p in enumerate(probabilities) if c != label)  # 1 - p_y, without cancellation
    cross_entropy = math.log(sum(math.exp(z - row[label]) for z in row))
    return rest**gamma * cross_entropy


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_focal_is_cross_entropy_times_a_power_of_what_is_missing(batch, examples, softmax, gamma):
    expected = [slowly(row, label, gamma, softmax) for row, label in examples]
    assert Focal(gamma=gamma)(*batch).tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_gamma_is_two_and_alpha_is_off_by_default(batch):
    assert torch.equal(Focal()(*batch), Focal(gamma=2.0, alpha=None)(*batch))


def test_gamma_zero_is_cross_entropy(batch):
    assert torch.allclose(Focal(gamma=0.0)(*batch), CrossEntropy()(*batch), rtol=1e-12)


def test_one_alpha_weighs_positives_with_alpha_and_negatives_with_the_rest():
    logits, y = torch.tensor([0.3, 0.3]).double(), torch.tensor([1.0, 0.0])
    plain, weighted = Focal()(logits, y), Focal(alpha=0.25)(logits, y)
    assert (weighted / plain).tolist() == pytest.approx([0.25, 0.75])


def test_alpha_per_class_weighs_each_example_by_its_label():
    logits, y = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).double(), torch.tensor([2, 0, 1, 1])
    ratio = Focal(alpha=(0.5, 1.0, 3.0))(logits, y) / Focal()(logits, y)
    assert ratio.tolist() == pytest.approx([3.0, 0.5, 1.0, 1.0])


def test_alpha_is_not_rounded_in_double_precision():
    logits, y = torch.randn(4, generator=torch.Generator().manual_seed(0)).double(), torch.tensor([1.0, 0.0, 1.0, 0.0])
    ratio = Focal(alpha=0.3)(logits, y) / Focal()(logits, y)
    assert ratio.tolist() == pytest.approx([0.3, 0.7, 0.3, 0.7], rel=1e-14)


def test_one_alpha_for_several_classes_is_an_error():
    with pytest.raises(UserError, match="focal: alpha: found 2 class weights, expected 3, one per class"):
        Focal(alpha=0.25)(torch.zeros(2, 3), torch.tensor([0, 1]))


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 1.5, 2.0])
def test_first_and_second_derivatives_stay_finite_when_the_prediction_is_certain(gamma):
    logits = torch.tensor([[200.0, 0.0, -200.0], [-200.0, 0.0, 200.0]], requires_grad=True)
    (slope,) = torch.autograd.grad(Focal(gamma=gamma)(logits, torch.tensor([0, 0])).sum(), logits, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.square().sum(), logits)
    assert slope.isfinite().all() and curvature.isfinite().all()
    assert slope[0].abs().max() < 1e-6 < slope[1].abs().max()


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"gamma": -0.1}, "gamma"),
        ({"gamma": math.inf}, "gamma"),
        ({"alpha": 1.5}, "alpha"),
        ({"alpha": (0.5, -1.0)}, "alpha"),
    ],
)
def test_a_parameter_out_of_its_range_is_one_clear_line(parameters, named):
    with pytest.raises(UserError, match=f"^focal: {named}: found .*, expected .*$"):
        Focal(**parameters)
