"""Autocast in the open loop: the model in half precision, losses and controllers in full."""

import pytest
import torch

from autoloss import SLF, AutoLoss, MeLU
from autoloss.methods import example_hypergradients, outer_loss


def test_autocast_gives_the_hypergradient_within_its_precision(problem, look):
    found = {}
    for enabled in (False, True):
        torch.manual_seed(1)
        model = problem.model(dropout=0.0)
        method = look.Probe(problem.losses, problem.n_outputs)
        method.rule = lambda z, y: torch.full((len(y), 3), 1 / 3, dtype=z.dtype)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        inputs, y = problem.batch()
        with method.look_ahead(model, optimizer, problem.batch):
            with torch.autocast("cpu", enabled=enabled):
                logits = model(inputs)
            assert logits.dtype == (torch.bfloat16 if enabled else torch.float32)
            method.loss(logits, y).backward()
            optimizer.step()
        found[enabled] = example_hypergradients(method.ahead, problem.losses[2:], outer_loss(problem.task))
    assert found[True].dtype == torch.float32
    error = (found[True] - found[False]).norm() / found[False].norm()
    assert 0 < error < 0.1


def loss_after_autocast(method, model, inputs, y):
    with torch.autocast("cpu"):
        logits = model(inputs)
    return method.loss(logits, y)


def loss_inside_autocast(method, model, inputs, y):
    with torch.autocast("cpu"):
        return method.loss(model(inputs), y)


@pytest.mark.parametrize(
    ("learned", "around_the_step"), [(AutoLoss, False), (AutoLoss, True), (SLF, False), (MeLU, True)]
)
def test_losses_and_controllers_compute_in_full_precision_wherever_autocast_is(problem, learned, around_the_step):
    finals = []
    for forward, around in ((loss_after_autocast, False), (loss_inside_autocast, around_the_step)):
        torch.manual_seed(1)
        model = problem.model()
        settings = {AutoLoss: {"every": 1, "warmup": 0}, SLF: {}, MeLU: {"every": 1}}[learned]
        method = learned(problem.losses, problem.n_outputs, **settings)
        method.seed(2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(4):
            inputs, y = problem.batch()
            with torch.autocast("cpu", enabled=around), method.look_ahead(model, optimizer, problem.batch):
                optimizer.zero_grad()
                forward(method, model, inputs, y).backward()
                optimizer.step()
        finals.append([*model.parameters(), *method.state_dict().values()])
    assert all(torch.equal(a, b) for a, b in zip(*finals, strict=True))
