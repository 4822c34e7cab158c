"""What a step of SGD does with the newest gradient, against steps with two of them."""

import pytest
import torch

from autoloss.methods.helpers.preconditioner import precondition


def equal(logits, y):
    return torch.full((len(y), 3), 1 / 3, dtype=logits.dtype)


def by_difference(make, steps):
    """What the last of some steps multiplied the newest gradient with, found by taking another."""
    ends = []
    for newest in (1.0, 2.0):
        p = torch.zeros((), dtype=torch.float64)
        optimizer = make([p])
        for gradient in [1.0] * (steps - 1) + [newest]:
            p.grad = torch.full_like(p, gradient)
            optimizer.step()
        ends.append(p.item())
    return ends[0] - ends[1]


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dampening": 0.4},
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.4},
        {"momentum": 0.9, "nesterov": True},
    ],
)
def test_momentum_and_dampening_of_sgd_count_where_torch_applies_them(problem, look, settings, steps):
    def make(parameters):
        return torch.optim.SGD(parameters, lr=0.1, **settings)

    model = problem.model().double()
    ahead = look.probe(model, make(model.parameters()), problem.losses, equal, problem.batch, steps)
    found = precondition(ahead, {name: torch.ones_like(p) for name, p in ahead.before.items()})
    for tensor in found.values():
        torch.testing.assert_close(tensor, torch.full_like(tensor, by_difference(make, steps)))
