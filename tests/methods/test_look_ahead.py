"""The open way: a loop of one's own, with accumulation, clipping and scaled losses."""

import copy

import pytest
import torch

from autoloss import SLF, AutoLoss, MeLU, UserError
from autoloss.methods import example_hypergradients, meta_objective, outer_loss, train_step

OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
}


def plain(model, optimizer, method, batch, valid):
    """The loop of the documentation."""
    inputs, y = batch
    with method.look_ahead(model, optimizer, valid):
        loss = method.loss(model(inputs), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.detach()


def clipped(model, optimizer, method, batch, valid):
    inputs, y = batch
    with method.look_ahead(model, optimizer, valid):
        optimizer.zero_grad()
        method.loss(model(inputs), y).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
    assert norm > 1e-3


def accumulated(model, optimizer, method, batch, valid):
    inputs, y = batch
    with method.look_ahead(model, optimizer, valid):
        optimizer.zero_grad()
        for rows in (slice(0, 10), slice(10, 30), slice(30, 48)):
            (method.loss(model(inputs[rows]), y[rows]) / 3).backward()
        optimizer.step()


def scaled(model, optimizer, method, batch, valid):
    """As GradScaler does it: the loss is multiplied, gradients are divided before the step."""
    inputs, y = batch
    with method.look_ahead(model, optimizer, valid):
        optimizer.zero_grad()
        (method.loss(model(inputs), y) * 1024).backward()
        for p in model.parameters():
            p.grad.div_(1024)
        optimizer.step()


@pytest.mark.parametrize("loop", [plain, clipped, accumulated, scaled])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_hypergradient_equals_the_unrolled_one(problem, look, loop, optimizer):
    alpha = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64, requires_grad=True)

    def rule(logits, y):
        return torch.outer(logits.view(len(y), -1)[:, 0], alpha).softmax(1)

    model = problem.model().double()
    method = look.Probe(problem.losses, problem.n_outputs)
    method.rule = lambda z, y: rule(z, y).detach()
    torch_optimizer = OPTIMIZERS[optimizer](model.parameters())
    for _ in range(3):
        loop(model, torch_optimizer, method, problem.batch(), problem.batch)
    ahead, outer = method.ahead, outer_loss(problem.task)
    (expected,) = torch.autograd.grad(look.unrolled(ahead, problem.losses, rule, outer), alpha)
    objective, size = meta_objective(rule(ahead.logits, ahead.y), example_hypergradients(ahead, problem.losses, outer))
    (found,) = torch.autograd.grad(objective, alpha)
    torch.testing.assert_close(found * size, expected, rtol=1e-6, atol=1e-16)


def test_what_the_loop_did_is_measured(problem, look):
    model = problem.model().double()
    method = look.Probe(problem.losses, problem.n_outputs)
    method.rule = lambda z, y: torch.full((len(y), 3), 1 / 3, dtype=z.dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batch = problem.batch()
    plain(model, optimizer, method, batch, problem.batch)
    assert not method.ahead.clipping and float(method.ahead.passes[0].factor) == 1
    scaled(model, optimizer, method, batch, problem.batch)
    assert float(method.ahead.passes[0].factor) == 1024
    assert {round(float(c) * 1024, 9) for c in method.ahead.clipping.values()} == {1.0}
    accumulated(model, optimizer, method, batch, problem.batch)
    assert [len(each.y) for each in method.ahead.passes] == [10, 20, 18]
    assert [float(each.factor) for each in method.ahead.passes] == pytest.approx([1 / 3] * 3)
    clipped(model, optimizer, method, batch, problem.batch)
    gradients = torch.cat([p.grad.flatten() for p in model.parameters()])
    assert float(gradients.norm()) == pytest.approx(1e-3, rel=1e-3)
    assert 0 < float(next(iter(method.ahead.clipping.values()))) < 1


def test_two_parameter_groups_are_clipped_apart(problem, look):
    model = problem.model().double()
    method = look.Probe(problem.losses, problem.n_outputs)
    method.rule = lambda z, y: torch.full((len(y), 3), 1 / 3, dtype=z.dtype)
    groups = [{"params": model.embedding.parameters()}, {"params": model.mlp.parameters(), "lr": 0.01}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    inputs, y = problem.batch()
    with method.look_ahead(model, optimizer, problem.batch):
        method.loss(model(inputs), y).backward()
        torch.nn.utils.clip_grad_norm_(model.embedding.parameters(), 1e-4)
        optimizer.step()
    assert list(method.ahead.clipping) == ["embedding.weight"]


@pytest.mark.parametrize("learned", [AutoLoss, SLF, MeLU])
def test_all_passes_of_a_step_have_the_scales_and_label_statistics_of_the_first(problem, learned):
    model, method = problem.model(), learned(problem.losses, problem.n_outputs)
    optimizer, (inputs, y) = torch.optim.Adam(model.parameters()), problem.batch()
    found = []
    with method.look_ahead(model, optimizer, problem.batch):
        for rows in (slice(0, 10), slice(10, 48)):
            method.loss(model(inputs[rows]), y[rows]).backward()
            examples = method.controller.examples.state_dict() if learned is not MeLU else {}
            found.append(copy.deepcopy({**method.scale.state_dict(), **examples}))
        optimizer.step()
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())
    method.steps = 14
    plain(model, optimizer, method, (inputs, y), problem.batch)
    assert float(method.scale.batches) == 2


@pytest.mark.parametrize("learned", [AutoLoss, SLF])
def test_own_loop_trains_as_train_step_does(problem, learned):
    finals = []
    for step in (plain, lambda *a: train_step(*a[:3], *a[3], a[4])):
        torch.manual_seed(1)
        model = problem.model()
        settings = {"every": 2, "warmup": 2} if learned is AutoLoss else {}
        method = learned(problem.losses, problem.n_outputs, **settings)
        method.seed(2)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        losses = [step(model, optimizer, method, problem.batch(), problem.batch) for _ in range(8)]
        finals.append([*losses, *model.parameters(), *method.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*finals, strict=True))


def test_a_scaled_loss_teaches_a_decision_network_the_same(problem):
    gradients = []
    for loop in (plain, scaled):
        torch.manual_seed(1)
        model, method = problem.model(), SLF(problem.losses, problem.n_outputs)
        method.optimizers["controller"] = torch.optim.SGD(method.controller.parameters(), lr=0.1)
        loop(model, torch.optim.SGD(model.parameters(), lr=0.1), method, problem.batch(), None)
        gradients.append([p.detach() for p in method.controller.parameters()])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b)


def test_steps_are_counted_and_saved(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, every=2, warmup=3)
    model = problem.model()
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(5):
        plain(model, optimizer, method, problem.batch(), problem.batch)
    again = AutoLoss(problem.losses, problem.n_outputs, every=2, warmup=3)
    again.load_state_dict(method.state_dict())
    assert method.steps == again.steps == 5


def test_evaluation_in_between_is_not_part_of_the_step(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, every=1, warmup=0)
    model = problem.model()
    optimizer = torch.optim.Adam(model.parameters())
    inputs, y = problem.batch()
    with method.look_ahead(model, optimizer, problem.batch):
        logits = model(inputs)
        with torch.no_grad():
            model(inputs[:3])
        method.loss(logits, y).backward()
        optimizer.step()
    assert float(method.record.updates) == 1


def test_what_would_never_teach_is_refused(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, every=1, warmup=0)
    model = problem.model()
    optimizer = torch.optim.Adam(model.parameters())
    inputs, y = problem.batch()
    with pytest.raises(UserError, match="method.loss: called outside `with method.look_ahead"):
        method.loss(model(inputs), y)
    with (
        pytest.raises(UserError, match=r"expected optimizer.step\(\) inside"),
        method.look_ahead(model, optimizer, problem.batch),
    ):
        method.loss(model(inputs), y).backward()
    with (
        pytest.raises(UserError, match="expected method.loss and its backward pass inside"),
        method.look_ahead(model, optimizer, problem.batch),
    ):
        model(inputs).sum().backward()
        optimizer.step()
    with pytest.raises(UserError, match="valid: found None"):
        train_step(model, optimizer, method, inputs, y, None)


def test_an_error_inside_is_passed_on_and_leaves_no_hooks(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, every=1, warmup=0)
    model = problem.model()
    optimizer = torch.optim.Adam(model.parameters())
    with pytest.raises(ZeroDivisionError), method.look_ahead(model, optimizer, problem.batch):
        raise ZeroDivisionError
    assert method.watch is None and not model._forward_pre_hooks and not optimizer._optimizer_step_pre_hooks


def test_an_error_inside_leaves_no_gradient_for_the_next_step(problem):
    model, method, (inputs, y) = problem.model(), SLF(problem.losses, problem.n_outputs), problem.batch()
    optimizer = torch.optim.Adam(model.parameters())
    with pytest.raises(ZeroDivisionError), method.look_ahead(model, optimizer, None):
        method.loss(model(inputs), y).backward()
        raise ZeroDivisionError
    assert all(p.grad is None for p in method.parameters())
    with pytest.raises(UserError, match="expected optimizer.step"), method.look_ahead(model, optimizer, None):
        method.loss(model(inputs), y).backward()
    assert all(p.grad is None for p in method.parameters())


def test_a_frozen_method_needs_neither_a_context_nor_validation_data(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, every=1, warmup=0)
    method.freeze()
    model = problem.model()
    optimizer = torch.optim.Adam(model.parameters())
    inputs, y = problem.batch()
    method.loss(model(inputs), y).backward()
    train_step(model, optimizer, method, inputs, y, None)
    assert method.steps == 2
