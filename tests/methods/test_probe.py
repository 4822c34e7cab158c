"""The ways to the derivatives of the look-ahead agree, and the first step chooses one or refuses."""

import copy
import random

import pytest
import torch

from autoloss import DARTS, AutoLoss, CrossEntropy, Focal, MeLU, UserError, train_step
from autoloss.methods import example_hypergradients, meta_objective, outer_loss
from autoloss.methods.helpers.probe import LENGTHS, WAYS
from autoloss.methods.helpers.tangent import EXACT, FORWARD, difference


def equal(logits, y):
    return torch.full((len(y), 3), 1 / 3, dtype=logits.dtype)


@pytest.mark.parametrize("way", [*EXACT[1:], difference(1e-4)], ids=lambda way: way.name)
def test_every_way_gives_the_hypergradients_of_forward_mode_and_leaves_no_trace(problem, look, way):
    model = problem.model().double()
    model.mlp[2] = torch.nn.Tanh()  # smooth, as central differences need it
    ahead = look.probe(model, torch.optim.Adam(model.parameters()), problem.losses, equal, problem.batch)
    losses, outer = problem.losses[2:], outer_loss(problem.task)
    expected = example_hypergradients(ahead, losses, outer, FORWARD)
    own = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    values, places = copy.deepcopy(model.state_dict()), {name: t.data_ptr() for name, t in own.items()}
    rng = torch.get_rng_state()
    found = example_hypergradients(ahead, losses, outer, way)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-7 * float(expected.abs().max()))
    assert torch.equal(torch.get_rng_state(), rng)
    assert {name: t.data_ptr() for name, t in model.state_dict().items()} == places
    assert all(torch.equal(t, values[name]) for name, t in model.state_dict().items())
    assert all(p.requires_grad for p in model.parameters())


class WithAuxiliary(torch.nn.Module):
    """A model with a factor that only training passes have."""

    def __init__(self, model):
        super().__init__()
        self.model, self.mlp = model, model.mlp
        self.auxiliary = torch.nn.Sequential(torch.nn.Embedding(60, 3), torch.nn.BatchNorm1d(4), torch.nn.Flatten())
        self.gate = torch.nn.Parameter(torch.ones(12, model.mlp[-1].out_features))

    def forward(self, ids):
        logits = self.model(ids)
        return logits * (1 + (self.auxiliary(ids) @ self.gate).squeeze(1).tanh()) if self.training else logits


@pytest.mark.parametrize("way", [*EXACT, difference(1e-4)], ids=lambda way: way.name)
def test_a_parameter_that_validation_does_not_use_has_its_value_from_before_the_step(problem, look, way):
    alpha = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64, requires_grad=True)

    def rule(logits, y):
        return alpha.softmax(0).expand(len(y), 3)

    model, outer = WithAuxiliary(problem.model()).double(), outer_loss(problem.task)
    model.mlp[2] = torch.nn.Tanh()
    ahead = look.probe(model, torch.optim.SGD(model.parameters(), lr=0.5), problem.losses, rule, problem.batch)
    (expected,) = torch.autograd.grad(look.unrolled(ahead, problem.losses, rule, outer), alpha)
    hypergradients = example_hypergradients(ahead, problem.losses, outer, way)
    objective, size = meta_objective(rule(ahead.logits, ahead.y), hypergradients)
    (found,) = torch.autograd.grad(objective, alpha)
    assert expected.abs().max() > 1e-6
    torch.testing.assert_close(found * size, expected, rtol=1e-5, atol=1e-10)


class Doubled(torch.autograd.Function):
    """2x, by a function that has a backward pass only."""

    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, gradient):
        return 2 * gradient


def test_a_loss_without_forward_mode_is_differentiated_backwards(problem):
    def doubled(logits, y):
        return Doubled.apply(problem.losses[2](logits, y))

    doubled.tasks = (problem.task,)
    found = []
    for loss in (doubled, lambda logits, y: 2 * problem.losses[2](logits, y)):
        loss.tasks = (problem.task,)
        torch.manual_seed(1)
        model = problem.model()
        method = DARTS([problem.losses[0], loss], problem.n_outputs, every=1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        if loss is doubled:
            with pytest.warns(UserWarning, match="^model: .*: the look-ahead uses double backward$"):
                train_step(model, optimizer, method, *problem.batch(), problem.batch)
        else:
            train_step(model, optimizer, method, *problem.batch(), problem.batch)
        found.append(method.alpha.grad)
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-6)


class Noisy(torch.nn.Linear):
    """With randomness that torch's generators do not know."""

    def forward(self, x):
        return super().forward(x).squeeze(1) + torch.tensor([random.gauss(0, 1) for _ in x])


def first_step(model, optimizer, method=None):
    method = method or AutoLoss([CrossEntropy(), Focal()], 1)
    x = torch.randn(16, 3)
    train_step(model, optimizer(model.parameters()), method, x, (x[:, 0] > 0).float(), lambda: pytest.fail("not due"))
    return method


def test_what_the_look_ahead_cannot_do_is_refused_at_the_first_step():
    with pytest.raises(UserError, match="model: .*: a second pass from the same random state gives other logits"):
        first_step(Noisy(3, 1), torch.optim.Adam)
    flat = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0))
    with pytest.raises(UserError, match="optimizer: found Rprop, the look-ahead is known for"):
        first_step(flat, torch.optim.Rprop)
    with pytest.raises(UserError, match="optimizer: found none of the model's parameters"):
        first_step(flat, lambda _: torch.optim.Adam(Noisy(3, 1).parameters()))
    with pytest.raises(UserError, match="model: MeLU differentiates it twice, which fails: "):
        first_step(torch.jit.script(flat), torch.optim.Adam, MeLU([CrossEntropy(), Focal()], 1))


class Narrow(torch.nn.Linear):
    """Differentiable backwards only, and not a number where the weights are further than `width` from their first."""

    def __init__(self, width):
        super().__init__(3, 1, bias=False)
        self.first, self.width = self.weight.detach().clone(), width

    def forward(self, x):
        return OnceBackwards.apply(x, self.weight, (self.weight - self.first).norm() <= self.width * self.first.norm())


class OnceBackwards(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, near):
        ctx.save_for_backward(x)
        return (x @ weight.T).squeeze(1) * torch.where(near, 1.0, torch.nan)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return None, gradient[None] @ x, None


def small_steps(parameters):
    return torch.optim.SGD(parameters, lr=1e-4)


def test_a_step_length_at_which_the_model_is_not_a_number_is_not_chosen():
    with pytest.warns(UserWarning, match=r"the look-ahead uses central differences, relative error about \d"):
        method = first_step(Narrow(width=0.01), small_steps)
    assert method.way in WAYS[-len(LENGTHS) + 2 :]  # 4**-2 and 4**-3 are too long
    with pytest.raises(UserError, match="^model: .*: central differences of any length are infinite or not a number$"):
        first_step(Narrow(width=1e-6), small_steps)


class Greedy(torch.nn.Linear):
    """Memory is short at the second pass."""

    passes = 0

    def forward(self, x):
        self.passes += 1
        if self.passes > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(x).squeeze(1)


@pytest.mark.parametrize("learned", [AutoLoss, MeLU])
def test_too_little_memory_says_nothing_of_a_way(learned):
    with pytest.raises(torch.OutOfMemoryError):
        first_step(Greedy(3, 1), torch.optim.Adam, learned([CrossEntropy(), Focal()], 1))


def test_methods_that_do_not_look_ahead_take_any_model_and_optimiser():
    frozen = AutoLoss([CrossEntropy(), Focal()], 1)
    frozen.freeze()
    first_step(Noisy(3, 1), torch.optim.Rprop, frozen)
