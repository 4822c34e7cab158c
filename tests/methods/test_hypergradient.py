"""The exact look-ahead gradient against the unrolled one, in float64."""

import copy

import pytest
import torch

from autoloss.errors import UserError
from autoloss.losses import stack
from autoloss.methods import LookAhead, MixtureObjective, example_hypergradients, meta_objective, outer_loss
from autoloss.methods.helpers import preconditioner
from autoloss.methods.helpers.preconditioner import precondition, register_preconditioner
from autoloss.models import Embedding, _kept, kept_gradients

OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=1e-2),
    "fused adam": lambda p: torch.optim.Adam(p, lr=0.05, fused=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, amsgrad=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.5),
    "adam, maximizing": lambda p: torch.optim.Adam(p, lr=0.05, maximize=True),
    "sgd, maximizing": lambda p: torch.optim.SGD(p, lr=0.05, maximize=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05, lr_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "rmsprop, centered": lambda p: torch.optim.RMSprop(p, lr=0.01, centered=True),
    "adamax, registered": lambda p: torch.optim.Adamax(p, lr=0.05),
    "sgd with dampening": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.4),
    "sgd with momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
}


def stepped(model, optimizer, first=False):
    """What the preconditioner reads of a step."""
    settings = {name: {**optimizer.param_groups[0], "first": first} for name, _ in model.named_parameters()}
    return LookAhead(model, optimizer, settings, {}, {}, (), None, torch.empty(0), 0)


def by_first_logit(alpha):
    """Shares that differ between examples: (logits, y) → [B, K]."""
    return lambda logits, y: torch.outer(logits.view(len(y), -1)[:, 0], alpha).softmax(1)


@pytest.fixture(autouse=True)
def adamax(monkeypatch):
    """Adamax is registered, as in docs/library.md, for one test."""
    monkeypatch.setattr(preconditioner, "_RULES", dict(preconditioner._RULES))

    def rule(gradient, group, state):
        beta1 = group["betas"][0]
        return gradient * (group["lr"] * (1 - beta1) / (1 - beta1 ** state["step"]) / state["exp_inf"])

    register_preconditioner(torch.optim.Adamax, rule)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_hypergradient_equals_the_unrolled_one(problem, look, name):
    alpha = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64, requires_grad=True)
    model, rule, outer = problem.model().double(), by_first_logit(alpha), outer_loss(problem.task)
    ahead = look.probe(model, OPTIMIZERS[name](model.parameters()), problem.losses, rule, problem.batch)
    (expected,) = torch.autograd.grad(look.unrolled(ahead, problem.losses, rule, outer), alpha)
    objective, size = meta_objective(rule(ahead.logits, ahead.y), example_hypergradients(ahead, problem.losses, outer))
    (found,) = torch.autograd.grad(objective, alpha)
    assert expected.abs().max() > 1e-8
    # where a gradient was always zero, Adam divides by 1e-8 and Adagrad by 1e-10: rounding errors grow with that
    torch.testing.assert_close(found * size, expected, rtol=1e-6, atol=1e-16)


def test_hypergradient_of_the_mixture_has_its_direct_part(problem, look):
    alpha = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64, requires_grad=True)
    c = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)

    def rule(logits, y):
        return (c * alpha.softmax(0)).expand(len(y), 3)

    def outer(logits, y):
        return (rule(logits, y) * stack(problem.losses, logits, y)).sum(1).mean()

    model = problem.model().double()
    ahead = look.probe(model, OPTIMIZERS["adam"](model.parameters()), problem.losses, rule, problem.batch)
    (expected,) = torch.autograd.grad(look.unrolled(ahead, problem.losses, rule, outer), alpha)
    mixture = MixtureObjective(problem.losses, lambda z, y: alpha.softmax(0), c)
    useful = example_hypergradients(ahead, problem.losses, mixture) * c
    objective, size = meta_objective(alpha.softmax(0), useful, mixture.direct)
    (found,) = torch.autograd.grad(objective, alpha)
    torch.testing.assert_close(found * size, expected, rtol=1e-9, atol=1e-16)


def test_preconditioner_is_what_the_step_does_to_a_gradient(problem):
    """Adam with v̂ held constant is linear in the gradient: two gradients' steps differ by A times their difference."""
    model = problem.model().double()
    lr, (beta1, beta2), eps, t = 0.05, (0.9, 0.999), 1e-8, 4
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(t):
        inputs, y = problem.batch()
        optimizer.zero_grad()
        outer_loss(problem.task)(model(inputs), y).backward()
        optimizer.step()
    gradients = {n: torch.randn_like(p) for n, p in model.named_parameters()}
    found = precondition(stepped(model, optimizer), gradients)
    for name, p in model.named_parameters():
        v_hat = optimizer.state[p]["exp_avg_sq"] / (1 - beta2**t)
        expected = gradients[name] * lr * (1 - beta1) / (1 - beta1**t) / (v_hat.sqrt() + eps)
        torch.testing.assert_close(found[name], expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_first_step_is_the_preconditioner_times_the_gradient(problem, name):
    """Without older state, weight decay apart, the step is -A g itself, the sign of maximize included."""
    model = problem.model().double()
    optimizer = OPTIMIZERS[name](model.parameters())
    for group in optimizer.param_groups:
        group["weight_decay"] = 0.0
    inputs, y = problem.batch()
    outer_loss(problem.task)(model(inputs), y).backward()
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    optimizer.step()
    gradients = {n: p.grad for n, p in model.named_parameters()}
    found = precondition(stepped(model, optimizer, first=True), gradients)
    for n, p in model.named_parameters():
        if "centered" not in name or gradients[n].abs().min() > 1e-6:
            torch.testing.assert_close(found[n], before[n] - p.detach(), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_large_table_is_preconditioned_as_a_small_one(monkeypatch, name):
    """Only rows with a gradient are computed, and none else has a step."""
    table = torch.nn.Embedding(50, 3)
    optimizer = OPTIMIZERS[name](table.parameters())
    for ids in (torch.arange(50), torch.tensor([4, 7, 7])):
        optimizer.zero_grad()
        table(ids).square().sum().backward()
        optimizer.step()
    gradient = torch.zeros(50, 3).index_fill_(0, torch.tensor([2, 7, 30]), 1.5)
    gradient[7, 0] = 0.0
    whole = precondition(stepped(table, optimizer), {"weight": gradient})["weight"]
    monkeypatch.setattr(preconditioner, "MANY_ROWS", 10)
    by_row = precondition(stepped(table, optimizer), {"weight": gradient.clone()})["weight"]
    assert torch.equal(by_row, whole) and whole[7, 1] != 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_table_whose_rows_are_known_is_preconditioned_in_those(name, monkeypatch):
    monkeypatch.setattr(_kept, "ROW", 0)  # of the memory of a gradient, only the rows that were read are cleared
    table = Embedding([20, 30], 3)
    optimizer, ids = OPTIMIZERS[name](table.parameters()), torch.tensor([[4, 27], [7, 27], [7, 49]])
    with kept_gradients(table):
        for _ in range(2):
            optimizer.zero_grad()
            table(ids).square().sum().backward()
            optimizer.step()
        gradients = [torch.autograd.grad(table(ids).exp().sum(), table.weight)[0] for _ in range(2)]
        whole = precondition(stepped(table, optimizer), {"weight": gradients[0].clone()})["weight"]
        for gradient in gradients:
            in_rows = precondition(stepped(table, optimizer), {"weight": gradient})["weight"]
            assert torch.equal(in_rows, whole)
        del gradient, gradients, in_rows
        other = torch.tensor([[0, 20]])
        (after,) = torch.autograd.grad(table(other).sum(), table.weight)
        assert after.sum(1).nonzero().flatten().tolist() == [0, 20]


def test_looking_ahead_leaves_no_trace(problem, look):
    model = problem.model()
    model.mlp[1].eval()  # a user may hold a layer's statistics still while training
    ahead = look.probe(model, torch.optim.Adam(model.parameters()), problem.losses, equal, problem.batch)
    state = copy.deepcopy(model.state_dict())
    modes = [m.training for m in model.modules()]
    rng = torch.get_rng_state()
    example_hypergradients(ahead, problem.losses, outer_loss(problem.task))
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, state[name]), name
    assert torch.equal(torch.get_rng_state(), rng)
    assert [m.training for m in model.modules()] == modes


def test_other_optimiser_is_one_clear_line(problem, look):
    model = problem.model()
    ahead = look.probe(model, torch.optim.Rprop(model.parameters()), problem.losses, equal, problem.batch)
    with pytest.raises(
        UserError, match="found Rprop, the look-ahead is known for Adam, .* and AdamW; autoloss.register_pre"
    ):
        example_hypergradients(ahead, problem.losses, outer_loss(problem.task))


def equal(logits, y):
    return torch.full((len(y), 3), 1 / 3, dtype=logits.dtype)
