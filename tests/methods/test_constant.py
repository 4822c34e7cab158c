"""Constant weights: uniform, manual, grid; and the fixed loss, which costs nothing."""

import itertools
import json

import pytest
import torch

from autoloss.errors import UserError
from autoloss.losses import stack
from autoloss.methods.autoloss import AutoLoss
from autoloss.methods.contract import method as method_module
from autoloss.methods.fixed import Fixed
from autoloss.methods.grid import Grid
from autoloss.methods.manual import Manual
from autoloss.methods.uniform import Uniform


def test_fixed_loss_is_its_mean_and_builds_no_stack(problem, monkeypatch):
    monkeypatch.setattr(method_module, "stack", None)
    inputs, y = problem.batch()
    logits = problem.model()(inputs)
    method = Fixed(problem.losses[:1], problem.n_outputs)
    assert torch.equal(method.training_loss(logits, y, 0), problem.losses[0](logits, y).mean())
    assert method.weights(logits.detach(), y, 0).tolist() == [[1.0]] * len(y)


def test_fixed_wants_exactly_one_loss(problem):
    with pytest.raises(UserError, match="expected exactly one, found 3"):
        Fixed(problem.losses, problem.n_outputs)


@pytest.mark.parametrize("normalise", [True, False])
def test_mixture_is_the_weighted_sum_written_out_slowly(problem, normalise):
    inputs, y = problem.batch()
    logits = problem.model()(inputs).detach().requires_grad_()
    method = Manual(problem.losses, problem.n_outputs, weights=(0.2, 0.3, 0.5), normalise=normalise)
    sizes = []
    for loss in problem.losses:
        (gradient,) = torch.autograd.grad(loss(logits, y).sum(), logits)
        sizes.append((sum(float(g @ g) for g in gradient.view(len(y), -1)) / len(y)) ** 0.5)
    scale = [(sizes[0] * sizes[1] * sizes[2]) ** (1 / 3) / size if normalise else 1.0 for size in sizes]
    expected = sum(
        weight * c * float(loss(logits, y)[i].detach())
        for weight, c, loss in zip((0.2, 0.3, 0.5), scale, problem.losses, strict=True)
        for i in range(len(y))
    ) / len(y)
    assert float(method.training_loss(logits, y, 0).detach()) == pytest.approx(expected, rel=1e-5)


def test_uniform_weights_are_the_plain_average(problem):
    inputs, y = problem.batch()
    logits = problem.model()(inputs).detach()
    method = Uniform(problem.losses, problem.n_outputs, normalise=False)
    assert float(method.training_loss(logits, y, 0)) == pytest.approx(float(stack(problem.losses, logits, y).mean()))


def test_normalised_candidates_have_gradients_of_one_size(problem):
    inputs, y = problem.batch()
    logits = problem.model()(inputs).detach().requires_grad_()
    larger = [problem.losses[0], lambda z, t: 30 * problem.losses[1](z, t), problem.losses[2]]
    method = Uniform(larger, problem.n_outputs)
    weights = method.weights(logits.detach(), y, 0)
    sizes = []
    for j, loss in enumerate(larger):
        (gradient,) = torch.autograd.grad((weights[:, j] * loss(logits, y)).sum(), logits)
        sizes.append(float(gradient.norm()))
    assert sizes == pytest.approx([sizes[0]] * 3, rel=1e-4)


@pytest.mark.parametrize(
    ("weights", "message"),
    [((0.5, 0.5), "found 2, expected one for each"), ((1, -1, 1), "of at least 0"), ((0, 0, 0), "not all of them 0")],
)
def test_weights_that_do_not_fit_are_refused(problem, weights, message):
    with pytest.raises(UserError, match=message):
        Manual(problem.losses, problem.n_outputs, weights=weights)


def test_manual_takes_the_average_of_a_controller(problem, tmp_path):
    AutoLoss(problem.losses, problem.n_outputs).save_controller(tmp_path)
    content = json.loads((tmp_path / "controller.json").read_text())
    (tmp_path / "controller.json").write_text(json.dumps({**content, "average_weights": [0.5, 0.25, 0.25]}))
    method = Manual(problem.losses, problem.n_outputs, normalise=False)
    method.load_controller(tmp_path)
    logits, y = torch.zeros(2), torch.zeros(2)
    assert method.mixture_weights(logits, y, 0).tolist() == [0.5, 0.25, 0.25]
    with pytest.raises(UserError, match="losses: found"):
        Manual(problem.losses[::-1], problem.n_outputs).load_controller(tmp_path)


def test_grid_trains_every_point_of_the_simplex_once_and_takes_the_best(problem, tmp_path):
    def train(weights, report):
        assert not report(10, 0.0)
        return -abs(weights[0] - 0.5) - abs(weights[1] - 0.25)

    method = Grid(problem.losses, problem.n_outputs, divisions=4)
    result = method.search(train, tmp_path, 0, 100)
    expected = [w for w in itertools.product([0, 0.25, 0.5, 0.75, 1], repeat=3) if sum(w) == 1]
    assert sorted(t["weights"] for t in result.trials) == sorted(map(list, expected))
    assert result.weights == [0.5, 0.25, 0.25]
    assert all(t["state"] == "complete" and t["steps"] == 10 for t in result.trials)
    method.set_weights(result.weights)


def test_grid_goes_on_after_the_trials_that_are_done(problem, tmp_path):
    calls = []

    def train(weights, report):
        calls.append(weights)
        if len(calls) == 4:
            raise KeyboardInterrupt
        report(10, 0.0)
        return weights[0]

    method = Grid(problem.losses, problem.n_outputs, divisions=2)
    with pytest.raises(KeyboardInterrupt):
        method.search(train, tmp_path, 0, 100)
    with (tmp_path / "grid.jsonl").open("a") as file:
        file.write('{"number": 3, "wei')  # cut off while it was written
    result = method.search(train, tmp_path, 0, 100)
    assert len(calls) == 4 + 3
    assert [t["number"] for t in result.trials] == list(range(6))
    assert result.weights == [1.0, 0.0, 0.0]
