"""Labels of every kind: probabilities, and numbers far from zero."""

import pytest
import torch

from autoloss import KL, MAE, MSE, AutoLoss, AutoLossTabular, CrossEntropy, Focal, Uniform, UserError, train_step
from autoloss.methods import example_hypergradients, meta_objective, outer_loss

N = 64


def soft(n_outputs):
    """Inputs [N, 3] and the probabilities of their labels, [N] or [N, C]."""
    x = torch.randn(N, 3)
    return x, (x[:, 0].sigmoid() if n_outputs == 1 else (x @ torch.ones(3, n_outputs).triu()).softmax(1))


def linear(n_outputs):
    layers = [torch.nn.Linear(3, n_outputs), *([torch.nn.Flatten(0)] if n_outputs == 1 else [])]
    return torch.nn.Sequential(*layers)


@pytest.mark.parametrize("learned", [AutoLoss, AutoLossTabular])
@pytest.mark.parametrize("n_outputs", [1, 4])
def test_soft_labels_train(learned, n_outputs):
    torch.manual_seed(0)
    model, method = linear(n_outputs), learned([CrossEntropy(), KL()], n_outputs, every=1, warmup=2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        train_step(model, optimizer, method, *soft(n_outputs), lambda: soft(n_outputs))
    x, y = soft(n_outputs)
    predicted = model(x).sigmoid() if n_outputs == 1 else model(x).softmax(1)
    assert (predicted - y).abs().mean() < 0.1


@pytest.mark.parametrize("n_outputs", [1, 4])
def test_hypergradient_of_soft_labels_equals_the_unrolled_one(look, n_outputs):
    torch.manual_seed(0)
    losses, outer = [CrossEntropy(), KL()], outer_loss("binary" if n_outputs == 1 else "multiclass")
    alpha = torch.tensor([0.3, -0.2], dtype=torch.float64, requires_grad=True)

    def rule(logits, y):
        return torch.outer(logits.view(N, -1)[:, 0], alpha).softmax(1)

    def batch():
        return tuple(t.double() for t in soft(n_outputs))

    model, method = linear(n_outputs).double(), look.Probe(losses, n_outputs)
    method.rule = lambda z, y: rule(z, y).detach()
    train_step(model, torch.optim.SGD(model.parameters(), lr=0.5), method, *batch(), batch)
    (expected,) = torch.autograd.grad(look.unrolled(method.ahead, losses, rule, outer), alpha)
    weights = rule(method.ahead.logits, method.ahead.y)
    objective, size = meta_objective(weights, example_hypergradients(method.ahead, losses, outer))
    (found,) = torch.autograd.grad(objective, alpha)
    torch.testing.assert_close(found * size, expected, rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize(
    ("losses", "n_outputs", "y", "message"),
    [
        (
            [CrossEntropy(), Focal()],
            1,
            torch.full((N,), 0.3),
            "labels that are not whole, .*: focal takes no soft labels",
        ),
        ([CrossEntropy(), Focal()], 4, torch.full((N, 4), 0.25), r"shape \[64, 4\], .*: focal takes no soft labels"),
        ([CrossEntropy()], 4, torch.full((N, 4), 0.3), "rows that are no probabilities"),
        ([CrossEntropy()], 4, torch.full((N, 3), 1 / 3), r"shape \[64, 3\], expected \[64\]"),
        ([CrossEntropy()], 4, torch.full((N,), 0.5), "labels that are not whole"),
        ([CrossEntropy()], 1, torch.full((N,), 1.5), "labels from 1.5 to 1.5"),
    ],
)
def test_soft_labels_that_fit_no_loss_are_refused(losses, n_outputs, y, message):
    with pytest.raises(UserError, match=f"^y: found {message}"):
        Uniform(losses, n_outputs).loss(linear(n_outputs)(torch.randn(N, 3)), y)


@pytest.mark.parametrize("offset", [0.0, 1e5, 1e6])
def test_regression_labels_may_lie_far_from_zero(offset):
    """Mean and deviation of labels around 1e6 are right, and so is what the controller sees of them."""
    torch.manual_seed(0)
    examples = AutoLoss([MSE(), MAE()], 1).controller.examples
    batches = [torch.randn(N) for _ in range(20)]
    for y in batches:
        examples.observe(y + offset)
    weights = torch.tensor([0.99 ** (19 - i) * (1.0 if i == 0 else 0.01) for i in range(20)])
    mean = (weights * torch.stack(batches).mean(1)).sum()
    square = (weights * torch.stack(batches).square().mean(1)).sum()
    grain = max(1e-4, 1e-6 * offset)  # of a float32 there
    assert float(examples.mean) - offset == pytest.approx(float(mean), abs=grain)
    deviation = float((square - mean.square()).sqrt())
    assert float(examples.variance.sqrt()) == pytest.approx(deviation, abs=grain)
    logits, y = torch.zeros(N) + offset, batches[0] + offset
    expected = torch.stack([batches[0] - mean, torch.zeros(N) - mean], 1) / deviation
    torch.testing.assert_close(examples.features(logits, y), expected, rtol=0, atol=2 * grain)


def test_a_regression_far_from_zero_trains():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0))
    torch.nn.init.constant_(model[0].bias, 1e6)
    method = AutoLoss([MSE(), MAE()], 1, every=1, warmup=5)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)

    def batch():
        x = torch.randn(N, 3)
        return x, 1e6 + 10 * x[:, 0] + torch.randn(N)

    for _ in range(300):
        assert train_step(model, optimizer, method, *batch(), batch).isfinite()
    assert float(method.controller.examples.variance.sqrt()) == pytest.approx(10, rel=0.1)
    x, y = batch()
    assert (model(x) - y).abs().mean() < 3


@pytest.mark.parametrize("learned", [AutoLoss, AutoLossTabular])
def test_diagnostics_during_the_warm_up_say_equal_weights(learned):
    method = learned([CrossEntropy(), Focal()], 1)
    assert method.diagnostics()["mixture_weights"] == {"cross_entropy": 0.5, "focal": 0.5}
    model = linear(1)
    train_step(model, torch.optim.Adam(model.parameters()), method, torch.randn(N, 3), torch.ones(N), None)
    assert method.diagnostics()["mixture_weights"] == {"cross_entropy": 0.5, "focal": 0.5}
    assert method.diagnostics()["alarms"] == []
