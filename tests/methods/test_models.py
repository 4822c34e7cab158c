"""The gradients that AutoLoss, DARTS and MeLU claim, on every registered model, batch norm and dropout included.

The reference unrolls the step through a second-order graph, in float64.
"""

from types import SimpleNamespace

import pytest
import torch
from torch.func import functional_call

from autoloss import registry
from autoloss.methods import outer_loss, relaxed, train_step

FIELD_SIZES, BATCH = (7, 11, 5, 13), 40
CANDIDATES = ("focal", "kl", "hinge", "cross_entropy")
K = len(CANDIDATES)


@pytest.fixture(params=[(name, n) for name in registry.names("models") for n in (1, 4)], ids=lambda p: f"{p[0]}-{p[1]}")
def scene(request):
    """A model with large enough weights to have gradients, its batches, and a function that looks at one step."""
    name, n_outputs = request.param
    torch.manual_seed(0)
    model = registry.load("models", name)(FIELD_SIZES, n_outputs, dim=4, mlp=(8, 6)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    assert any(isinstance(m, torch.nn.BatchNorm1d) for m in model.modules())
    assert any(isinstance(m, torch.nn.Dropout) and m.p > 0 for m in model.modules())
    offsets = torch.tensor([0, *FIELD_SIZES[:-1]]).cumsum(0)

    def batch():
        ids = torch.stack([torch.randint(0, size, (BATCH,)) for size in FIELD_SIZES], 1) + offsets
        y = torch.randint(0, max(2, n_outputs), (BATCH,))
        return ids, (y.float() if n_outputs == 1 else y)

    def one_update(method):
        """The last look-ahead of three steps, and the gradients that the method's parameters got from it."""
        parameters = list(method.parameters())
        for key in method.optimizers:
            method.optimizers[key] = torch.optim.SGD(parameters, lr=0.0)  # leaves gradients alone
        caught, learn = [], method.update
        method.update = lambda ahead: (caught.append(ahead), learn(ahead))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-3, fused=True)
        for _ in range(3):
            train_step(model, optimizer, method, *batch(), batch)
        return caught[-1], parameters, [p.grad.clone() for p in parameters]

    losses = [registry.load("losses", loss)() for loss in CANDIDATES]
    outer = outer_loss("binary" if n_outputs == 1 else "multiclass")
    return SimpleNamespace(model=model, losses=losses, n_outputs=n_outputs, one_update=one_update, outer=outer)


def make(scene, name, **settings):
    method = registry.load("methods", name)(scene.losses, scene.n_outputs, every=1, **settings).double()
    method.seed(2)
    with torch.no_grad():
        for parameter in method.parameters():
            parameter.normal_(0, 0.5)
    return method


def assert_same(found, expected, size=None):
    """Equal to 1e-8 of the largest; with `size`, up to that factor."""
    found, expected = (torch.cat([g.flatten() for g in each]) for each in (found, expected))
    size = expected.norm() / found.norm() if size is None else size
    assert expected.norm() > 1e-9
    assert (found * size - expected).abs().max() < 1e-8 * expected.abs().max()


def test_autoloss_controller_gets_the_unrolled_gradient(scene, look):
    method = make(scene, "autoloss", warmup=0, hidden=(8,), anneal_steps=50)
    ahead, parameters, found = scene.one_update(method)

    def rule(logits, y):
        weights = relaxed(method.controller(logits, y), method._noise, method.temperature(2))
        return weights * method.scale.coefficients()

    expected = torch.autograd.grad(look.unrolled(ahead, scene.losses, rule, scene.outer), parameters)
    assert_same(found, expected)


def test_second_order_darts_gets_the_unrolled_gradient(scene, look):
    method = make(scene, "darts", order=2)
    ahead, parameters, found = scene.one_update(method)

    def rule(logits, y):
        return (method.alpha.softmax(0) * method.scale.coefficients()).expand(len(y), K)

    expected = torch.autograd.grad(look.unrolled(ahead, scene.losses, rule, scene.outer), parameters)
    assert_same(found, expected)


def test_melu_gets_the_gradient_through_its_inner_step(scene, look):
    method = make(scene, "melu", inner_learning_rate=0.1)
    ahead, parameters, found = scene.one_update(method)
    tables = [n for n in ahead.before if n in ("embedding.weight", "first_order.weight", "first_order.bias")]
    decision = [n for n in ahead.before if n not in tables]
    assert "embedding.weight" in tables

    def rule(logits, y):
        return (method.alpha.softmax(0) * method.scale.coefficients()).expand(len(y), K)

    moved = look.inner_step(ahead, scene.losses, rule, decision, 0.1)
    scene.model.eval()
    value = scene.outer(functional_call(scene.model, moved, (ahead.valid_inputs,)), ahead.valid_y)
    assert_same(found, torch.autograd.grad(value, parameters), size=1.0)
