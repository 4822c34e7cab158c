"""What every method promises, for every name that the registry finds."""

import copy
import json
import math

import pytest
import torch

from autoloss import registry
from autoloss.methods import train_step

STEPS = 6


@pytest.fixture(params=registry.names("methods"))
def name(request):
    return request.param


def make(name, problem):
    """A method whose first update is soon; the fixed rule takes one loss."""
    torch.manual_seed(3)
    losses = problem.losses[:1] if name == "fixed" else problem.losses
    known = registry.hyperparameters("methods", name).model_fields
    wanted = {"every": 2, "warmup": 1, "weights": [0.5, 0.25, 0.25]}
    method = registry.load("methods", name)(
        losses, problem.n_outputs, **{k: v for k, v in wanted.items() if k in known}
    )
    if method.searches:
        method.set_weights([0.5, 0.25, 0.25])
    method.seed(4)
    return method


def training(method, problem, dropout=0.3):
    """A model with its optimiser, and a function that takes one step, a function of its number alone."""
    torch.manual_seed(5)
    model = problem.model(dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    batches = [problem.batch() for _ in range(2 * STEPS)]

    def step(number):
        valid = batches[STEPS + number]
        return train_step(model, optimizer, method, *batches[number], lambda: valid)

    return model, optimizer, step


def learned(method):
    """Parameters, and the buffers of a controller: a table has nothing else."""
    return [*method.parameters(), *(method.controller.buffers() if hasattr(method, "controller") else ())]


def test_weights_are_one_finite_number_per_example_and_candidate(name, problem):
    method = make(name, problem)
    model, _, step = training(method, problem)
    for number in range(STEPS):
        inputs, y = problem.batch()
        weights = method.weights(model(inputs).detach(), y, number)
        assert weights.shape == (len(y), len(method.losses))
        assert weights.isfinite().all() and (weights >= 0).all()
        step(number)


def test_weights_have_no_gradient_towards_the_logits(name, problem):
    method = make(name, problem)
    model, _, _ = training(method, problem)
    inputs, y = problem.batch()
    logits = model(inputs).detach().requires_grad_()
    for number in range(STEPS):
        weights = method.weights(logits, y, number)
        if weights.requires_grad:
            assert torch.autograd.grad(weights.sum(), logits, allow_unused=True) == (None,)


def test_training_lowers_the_loss(name, problem):
    method = make(name, problem)
    torch.manual_seed(5)
    model = problem.model(dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    batch = problem.batch()
    values = [train_step(model, optimizer, method, *batch, lambda: batch) for number in range(40)]
    assert all(value.shape == () and not value.requires_grad for value in values)
    assert values[-1] < values[0]


def test_restored_state_continues_bit_for_bit(name, problem):
    method = make(name, problem)
    model, optimizer, step = training(method, problem)
    for number in range(STEPS // 2):
        step(number)
    state = copy.deepcopy(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "method": method.state_dict(),
            "optimizers": {key: each.state_dict() for key, each in method.optimizers.items()},
        }
    )
    random = method.generator.get_state(), torch.get_rng_state()
    expected = [step(number) for number in range(STEPS // 2, STEPS)] + [p.detach().clone() for p in model.parameters()]
    said = method.diagnostics()

    again = make(name, problem)
    model, optimizer, step = training(again, problem)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    again.load_state_dict(state["method"])
    assert again.optimizers.keys() == state["optimizers"].keys()
    for key, each in again.optimizers.items():
        each.load_state_dict(state["optimizers"][key])
    again.generator.set_state(random[0])
    torch.set_rng_state(random[1])
    found = [step(number) for number in range(STEPS // 2, STEPS)] + [p.detach() for p in model.parameters()]
    assert all(torch.equal(f, e) for f, e in zip(found, expected, strict=True))
    assert again.diagnostics() == said


def test_restored_state_says_the_same_where_nothing_was_chosen_since(name, problem):
    method = make(name, problem)
    _, _, step = training(method, problem)
    for number in range(3):
        step(number)
    method.diagnostics()
    again = make(name, problem)
    again.load_state_dict(copy.deepcopy(method.state_dict()))
    assert again.diagnostics() == method.diagnostics()


def test_same_seed_gives_the_same_training_and_another_method_noise_does_not_touch_dropout(name, problem):
    finals = []
    for _ in range(2):
        method = make(name, problem)
        model, _, step = training(method, problem)
        for number in range(STEPS):
            step(number)
        finals.append([p.detach() for p in model.parameters()] + [torch.get_rng_state()])
    assert all(torch.equal(a, b) for a, b in zip(*finals, strict=True))
    plain = registry.load("methods", "fixed")(problem.losses[:1], problem.n_outputs)
    _, _, step = training(plain, problem)
    for number in range(STEPS):
        step(number)
    assert torch.equal(torch.get_rng_state(), finals[0][-1])


def test_frozen_method_never_changes(name, problem):
    method = make(name, problem)
    _, _, step = training(method, problem)
    for number in range(3):
        step(number)
    method.freeze()
    start = [p.clone() for p in learned(method)]
    for number in range(STEPS):
        assert not method.due(number)
        step(number)
    assert all(torch.equal(p, q) for p, q in zip(learned(method), start, strict=True))


def test_diagnostics_are_json_numbers(name, problem):
    method = make(name, problem)
    _, _, step = training(method, problem)
    for number in range(STEPS):
        step(number)
    found = method.diagnostics()
    json.dumps(found, allow_nan=False)
    if "mixture_weights" in found:
        assert sum(found["mixture_weights"].values()) == pytest.approx(1, abs=1e-5)
        assert 0 <= found["entropy"] <= math.log(3) + 1e-6


def test_transferable_methods_save_and_load_their_controller(name, problem, tmp_path):
    if not registry.constant("methods", name, "transferable", False):
        assert not hasattr(make(name, problem), "save_controller")
        return
    method = make(name, problem)
    _, _, step = training(method, problem)
    for number in range(STEPS):
        step(number)
    method.save_controller(tmp_path)
    other = make(name, problem)
    other.load_controller(tmp_path)
    assert all(torch.equal(p, q) for p, q in zip(learned(other), learned(method), strict=True))
