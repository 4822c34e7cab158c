"""What every file of autoloss/losses promises, for each task it names; and computing several at once."""

import pytest
import torch
from torch.autograd import forward_ad, gradcheck, gradgradcheck
from torch.utils._python_dispatch import TorchDispatchMode

from autoloss import registry
from autoloss.losses import Loss, stack

NAMES = registry.names("losses")
CASES = [(n, t) for n in NAMES for t in registry.constant("losses", n, "tasks", ("binary", "multiclass"))]
CLASSIFICATION = [n for n in NAMES if "binary" in registry.constant("losses", n, "tasks", ("binary", "multiclass"))]
REGRESSION = [n for n in NAMES if n not in CLASSIFICATION]


def make(name) -> Loss:
    return registry.load("losses", name)()


def draw(task, rows=6, dtype=torch.float64, scale=1.0):
    random = torch.Generator().manual_seed(rows)
    shape = (rows, 4) if task == "multiclass" else (rows,)
    logits = (scale * torch.randn(shape, generator=random)).to(dtype)
    if task == "regression":
        return logits, torch.randn(rows, generator=random)
    y = torch.randint(4 if task == "multiclass" else 2, (rows,), generator=random)
    return logits, y.float() if task == "binary" else y


def test_there_are_losses_for_every_task():
    assert {task for _, task in CASES} == {"binary", "multiclass", "regression"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("name", "task"), CASES)
def test_one_value_per_example_in_the_dtype_of_the_logits(name, task, dtype):
    loss = make(name)(*draw(task, dtype=dtype))
    assert loss.shape == (6,) and loss.dtype == dtype


@pytest.mark.parametrize(("name", "task"), CASES)
def test_an_examples_loss_does_not_depend_on_the_rest_of_the_batch(name, task):
    logits, y = draw(task)
    alone = torch.cat([make(name)(logits[i : i + 1], y[i : i + 1]) for i in range(6)])
    assert torch.allclose(make(name)(logits, y), alone, rtol=1e-14)


@pytest.mark.parametrize(("name", "task"), CASES)
def test_a_prediction_that_is_right_costs_less_than_one_that_is_wrong(name, task):
    if task == "multiclass":
        logits, y = torch.tensor([[3.0, 0, 0], [0, 3.0, 0]]), torch.tensor([0, 0])
    else:
        logits, y = torch.tensor([1.0, -3.0]), torch.tensor([1.0, 1.0])
    right, wrong = make(name)(logits, y).tolist()
    assert right < wrong


@pytest.mark.parametrize("magnitude", [100.0, -100.0])
@pytest.mark.parametrize(("name", "task"), CASES)
def test_values_and_gradients_are_finite_at_extreme_logits(name, task, magnitude):
    logits, y = draw(task, rows=50, dtype=torch.float32)
    logits = (magnitude * logits.sign()).requires_grad_()
    loss = make(name)(logits, y)
    (slope,) = torch.autograd.grad(loss.sum(), logits, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.square().sum(), logits, allow_unused=True, materialize_grads=True)
    assert loss.isfinite().all() and slope.isfinite().all() and curvature.isfinite().all()


@pytest.mark.parametrize(("name", "task"), CASES)
def test_derivatives_first_second_and_forward_agree_with_finite_differences(name, task):
    logits, y = draw(task)
    logits.requires_grad_()
    assert gradcheck(lambda z: make(name)(z, y), (logits,), check_forward_ad=True)
    assert gradgradcheck(lambda z: make(name)(z, y), (logits,), check_fwd_over_rev=True)


@pytest.mark.parametrize(("name", "task"), CASES)
def test_logits_and_labels_are_left_as_they_were(name, task):
    logits, y = draw(task)
    before = logits.clone(), y.clone()
    make(name)(logits, y)
    assert torch.equal(logits, before[0]) and torch.equal(y, before[1])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_stack_gives_what_the_losses_give_apart(task):
    losses = [make(name) for name in (REGRESSION if task == "regression" else CLASSIFICATION)]
    logits, y = draw(task)
    together = stack(losses, logits, y)
    assert together.shape == (6, len(losses))
    assert torch.equal(together, torch.stack([loss(logits, y) for loss in losses], 1))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_gradients_and_tangents_through_a_stack_are_those_of_the_losses_apart(task):
    losses = [make(name) for name in (REGRESSION if task == "regression" else CLASSIFICATION)]
    logits, y = draw(task)
    direction = torch.randn_like(logits)
    z = logits.clone().requires_grad_()
    (together,) = torch.autograd.grad(stack(losses, z, y).sum(), z)
    apart = sum(torch.autograd.grad(loss(z, y).sum(), z)[0] for loss in losses)
    assert torch.allclose(together, apart)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(logits, direction)
        tangents = forward_ad.unpack_dual(stack(losses, dual, y)).tangent
        each = [forward_ad.unpack_dual(loss(dual, y)).tangent for loss in losses]
    assert torch.allclose(tangents, torch.stack(each, 1))


class Count(TorchDispatchMode):
    """Counts the log-softmaxes that are computed inside."""

    found = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.found += function is torch.ops.aten._log_softmax.default
        return function(*args, **(kwargs or {}))


def test_a_stack_computes_one_log_softmax():
    with Count() as count:
        stack([make(name) for name in CLASSIFICATION], *draw("multiclass"))
    assert count.found == 1


def test_a_stack_takes_functions_of_the_users_own():
    logits, y = draw("binary")
    both = stack([make("cross_entropy"), lambda logits, y: (logits.sigmoid() - y).abs()], logits, y)
    assert torch.allclose(both[:, 1], (logits.sigmoid() - y).abs())


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_binary_is_the_multiclass_formula_on_the_logits_zero_and_z(name):
    z, y = draw("binary")
    two = torch.stack([torch.zeros_like(z), z], 1)
    assert torch.allclose(make(name)(z, y), make(name)(two, y.long()), rtol=1e-12)
