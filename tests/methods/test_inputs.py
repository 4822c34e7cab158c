"""What a model may be called with, and where the optimiser's settings are read."""

import pytest
import torch

from autoloss import AutoLoss, CrossEntropy, Focal, train_step
from autoloss.methods import example_hypergradients, outer_loss

N = 32


class Numbers(torch.nn.Module):
    """The logits of numbers [N, 3], however they are packed."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 1)

    def forward(self, *args, **kwargs):
        return self.linear(torch.stack(list(leaves((args, kwargs))), 1)).squeeze(1)


def leaves(nest):
    if isinstance(nest, torch.Tensor):
        yield nest
    elif isinstance(nest, dict | list | tuple):
        for inner in nest.values() if isinstance(nest, dict) else nest:
            yield from leaves(inner)


PACKED = {
    "tuple": lambda a, b, c: (a, b, c),
    "dict": lambda a, b, c: {"a": a, "b": b, "c": c},
    "one tuple": lambda a, b, c: ((a, b, c),),
    "list": lambda a, b, c: [a, b, c],
    "nest": lambda a, b, c: {"dense": [a, (b,)], "sparse": {"ids": c, "none": None}},
    "tuple of a dict": lambda a, b, c: ({"a": a}, [b, {"c": c}]),
}


@pytest.mark.parametrize("packed", PACKED)
def test_inputs_may_be_any_nest(packed):
    """The same training, whatever the packing."""

    def batches(pack):
        generator = torch.Generator().manual_seed(1)
        while True:
            x = torch.randn(N, 3, generator=generator)
            yield pack(*x.unbind(1)), (x[:, 0] > 0).float()

    finals = []
    for pack in (PACKED[packed], PACKED["tuple"]):
        torch.manual_seed(0)
        model, method = Numbers(), AutoLoss([CrossEntropy(), Focal()], 1, every=1, warmup=1)
        method.seed(1)
        optimizer, stream = torch.optim.Adam(model.parameters(), lr=0.1), batches(pack)
        for _ in range(4):
            train_step(model, optimizer, method, *next(stream), lambda stream=stream: next(stream))
        finals.append([*model.parameters(), *method.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*finals, strict=True))


def test_a_scheduler_inside_the_block_does_not_change_the_step_that_is_looked_at(problem, look):
    found = []
    for inside in (True, False):
        torch.manual_seed(1)
        model = problem.model()
        method = look.Probe(problem.losses, problem.n_outputs)
        method.rule = lambda z, y: torch.full((len(y), 3), 1 / 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
        inputs, y = problem.batch()
        with method.look_ahead(model, optimizer, problem.batch):
            method.loss(model(inputs), y).backward()
            optimizer.step()
            if inside:
                scheduler.step()
        found.append(example_hypergradients(method.ahead, problem.losses, outer_loss(problem.task)))
    assert torch.equal(*found)
