"""GradScaler in the open loop: scaled, clipped, and skipped steps."""

import pytest
import torch

from autoloss import SLF, AutoLoss, UserError
from autoloss.methods import example_hypergradients, outer_loss

OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "fused adam": lambda p: torch.optim.Adam(p, lr=0.05, fused=True),
}


def step(model, optimizer, method, scaler, batch, valid, clip=None, factor=1.0):
    """The loop of PyTorch's documentation."""
    inputs, y = batch
    with method.look_ahead(model, optimizer, valid):
        optimizer.zero_grad()
        scaler.scale(method.loss(model(inputs), y) * factor).backward()
        if clip:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        scaler.step(optimizer)
        scaler.update()


def equal(logits, y):
    return torch.full((len(y), 3), 1 / 3, dtype=logits.dtype)


@pytest.mark.parametrize("clip", [None, 1e-3])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_hypergradients_are_those_of_the_step_without_scaling(problem, look, name, clip):
    found = []
    for enabled in (True, False):
        torch.manual_seed(1)
        model = problem.model(dropout=0.0).double()
        model.mlp[1] = torch.nn.Identity()  # with batch norm, biases before it have gradients of rounding errors
        method = look.Probe(problem.losses, problem.n_outputs)
        method.rule = equal
        scaler = torch.amp.GradScaler("cpu", enabled=enabled)
        optimizer = OPTIMIZERS[name](model.parameters())
        for _ in range(3):
            step(model, optimizer, method, scaler, problem.batch(), problem.batch, clip)
        found.append(example_hypergradients(method.ahead, problem.losses, outer_loss(problem.task)))
    assert found[1].abs().max() > 0
    torch.testing.assert_close(*found, rtol=1e-6, atol=1e-9 * float(found[1].abs().max()))


@pytest.mark.parametrize("learned", [AutoLoss, SLF])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_that_overflows_is_skipped_and_teaches_nothing(problem, name, learned):
    settings = {"every": 1, "warmup": 0} if learned is AutoLoss else {}
    method, model = learned(problem.losses, problem.n_outputs, **settings), problem.model()
    optimizer = OPTIMIZERS[name](model.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=1e38, growth_interval=10**6)
    before = [p.detach().clone() for p in [*model.parameters(), *method.parameters()]]
    step(model, optimizer, method, scaler, problem.batch(), problem.batch, factor=1e4)
    assert scaler.get_scale() < 0.9e38  # it saw the overflow
    assert all(torch.equal(p, q) for p, q in zip([*model.parameters(), *method.parameters()], before, strict=True))
    scaler.update(1024.0)
    for _ in range(3):
        step(model, optimizer, method, scaler, problem.batch(), problem.batch)
    learned_now = [p for p in method.parameters() if p.numel() > 1]
    assert all(p.isfinite().all() for p in learned_now) and method.steps == 4
    assert any(not torch.equal(p, q) for p, q in zip(method.parameters(), before[-len(learned_now) :], strict=True))


def test_an_overflow_at_a_scale_below_one_is_a_skipped_step_too(problem):
    method, model = SLF(problem.losses, problem.n_outputs), problem.model()
    optimizer = OPTIMIZERS["sgd"](model.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=0.5)
    with torch.no_grad():
        model.mlp[0].weight.fill_(1e30)
        model.mlp[1] = torch.nn.Identity()
        model.mlp[-1].weight.fill_(1e30)
    step(model, optimizer, method, scaler, problem.batch(), None)
    assert scaler.get_scale() == 0.25 and method.steps == 1  # it saw the overflow
    assert all(p.grad is None for p in method.parameters())


def test_a_loop_that_never_steps_is_refused(problem):
    method, model = AutoLoss(problem.losses, problem.n_outputs), problem.model()
    optimizer = torch.optim.Adam(model.parameters())
    inputs, y = problem.batch()
    with pytest.raises(UserError, match="expected optimizer.step"), method.look_ahead(model, optimizer, None):
        method.loss(model(inputs), y).backward()
