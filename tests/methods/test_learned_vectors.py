"""DARTS and MeLU: one global vector, with the gradient they claim."""

import copy

import pytest
import torch
from torch.func import functional_call

from autoloss.losses import stack
from autoloss.methods import outer_loss, random_from, train_step
from autoloss.methods.darts import DARTS
from autoloss.methods.melu import MeLU


def one_update(method, problem):
    """Trains a little, then returns the last look-ahead and the gradient that α got from it."""
    method = method.double()
    method.optimizers["alpha"] = torch.optim.SGD([method.alpha], lr=0.0)  # leaves gradients alone
    with torch.no_grad():
        method.alpha.copy_(torch.tensor([0.4, -0.3, 0.2]))
    caught, learn = [], method.update
    method.update = lambda ahead: (caught.append(ahead), learn(ahead))
    model = problem.model().double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        train_step(model, optimizer, method, *problem.batch(), problem.batch)
    return caught[-1], method.alpha.grad.clone()


def test_second_order_darts_gets_the_unrolled_gradient(problem, look):
    method = DARTS(problem.losses, problem.n_outputs, order=2, every=1)
    ahead, found = one_update(method, problem)
    c = method.scale.coefficients()
    value = look.unrolled(
        ahead,
        problem.losses,
        lambda logits, y: (method.alpha.softmax(0) * c).expand(len(y), 3),
        outer_loss(problem.task),
    )
    (expected,) = torch.autograd.grad(value, method.alpha)
    size = expected.norm() / found.norm()
    assert size > 1e-9
    torch.testing.assert_close(found * size, expected, rtol=1e-8, atol=1e-14)
    assert float(method.record.meta_gradient) > float(expected.norm()) * 0.999


def test_first_order_darts_follows_the_validation_mixture_at_the_current_weights(problem):
    method = DARTS(problem.losses, problem.n_outputs, order=1, every=1)
    ahead, found = one_update(method, problem)
    model = copy.deepcopy(ahead.model).eval()
    with torch.no_grad():
        means = stack(problem.losses, model(ahead.valid_inputs), ahead.valid_y).mean(0) * method.scale.coefficients()
    weights = method.alpha.detach().softmax(0)
    expected = weights * (means - (weights * means).sum())  # the gradient of Σ softmax(α)_j m_j
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("local", ["decision", "all"])
@pytest.mark.parametrize("inner_steps", [1, 3])
def test_melu_gets_the_gradient_through_its_inner_loop(problem, local, inner_steps):
    method = MeLU(problem.losses, problem.n_outputs, every=1, local=local, inner_steps=inner_steps)
    ahead, found = one_update(method, problem)
    weights = method.alpha.softmax(0) * method.scale.coefficients()
    parameters = {name: p.clone().requires_grad_() for name, p in ahead.before.items()}
    names = [n for n in parameters if local == "all" or not n.startswith("embedding")]
    with random_from(ahead.rng_state, ahead.y.device):
        for _ in range(inner_steps):
            logits = ahead.forward(ahead.passes[0], parameters)
            loss = (weights * stack(problem.losses, logits, ahead.y)).sum(1).mean()
            gradients = torch.autograd.grad(loss, [parameters[n] for n in names], create_graph=True)
            parameters |= {n: parameters[n] - 0.01 * g for n, g in zip(names, gradients, strict=True)}
    model = copy.deepcopy(ahead.model).eval()
    value = outer_loss(problem.task)(functional_call(model, parameters, (ahead.valid_inputs,)), ahead.valid_y)
    (expected,) = torch.autograd.grad(value, method.alpha)
    assert expected.abs().max() > 1e-9
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-14)


def whole(method, model, inputs, y):
    method.loss(model(inputs), y).backward()


def scaled(method, model, inputs, y):
    (method.loss(model(inputs), y) * 1024).backward()


def summed_in_parts(method, model, inputs, y):
    for rows in (slice(0, 24), slice(24, 48)):
        method.loss(model(inputs[rows]), y[rows]).backward()


def test_melus_inner_step_does_not_depend_on_how_the_loop_scales_or_divides_its_loss(problem):
    batch, found = problem.batch(), []
    for backward in (whole, scaled, summed_in_parts):
        torch.manual_seed(1)
        model = problem.model(dropout=0.0).double()
        model.mlp[1] = torch.nn.Identity()  # batch norm tells parts from the whole
        method = MeLU(problem.losses, problem.n_outputs, every=1, normalise=False).double()
        optimizer = torch.optim.Adam(model.parameters())
        with method.look_ahead(model, optimizer, lambda: batch):
            backward(method, model, *batch)
            optimizer.step()
        found.append(method.alpha.grad)
    assert found[0].abs().max() > 1e-9
    for other in found[1:]:
        torch.testing.assert_close(other, found[0], rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize("make", [lambda *a: DARTS(*a, every=1), lambda *a: MeLU(*a, every=1)])
def test_updates_leave_statistics_and_random_state_alone(problem, make):
    plain, learning = make(problem.losses, problem.n_outputs), make(problem.losses, problem.n_outputs)
    plain.freeze()
    batches = [problem.batch() for _ in range(2)]
    states = []
    for method in (plain, learning):
        torch.manual_seed(7)
        model = problem.model()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        train_step(model, optimizer, method, *batches[0], lambda: batches[1])
        states.append({**model.state_dict(), "random": torch.get_rng_state()})
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(plain.alpha, learning.alpha)


def test_vector_learns_to_drop_a_harmful_candidate(problem):
    """One candidate is the negative of the objective: its weight must fall."""
    good = problem.losses[0]
    for method in (
        DARTS([good, lambda z, y: -0.5 * good(z, y)], problem.n_outputs, every=1, learning_rate=0.05),
        MeLU([good, lambda z, y: -0.5 * good(z, y)], problem.n_outputs, every=1, learning_rate=0.05),
    ):
        torch.manual_seed(1)
        model = problem.model(dropout=0.0)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        batch = problem.batch()
        for _ in range(30):
            train_step(model, optimizer, method, *batch, lambda batch=batch: batch)
        weights = method.alpha.detach().softmax(0).tolist()
        assert weights[0] > 0.7
