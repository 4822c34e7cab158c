"""SLF: several picks per example, and a decision network that learns in the same backward pass."""

import torch

from autoloss.losses import stack
from autoloss.methods import train_step
from autoloss.methods.slf import SLF


def test_decision_network_gets_the_gradient_of_the_candidates_own_values(problem):
    method = SLF(problem.losses, problem.n_outputs, hidden=(8,), anneal_steps=10).double()
    with torch.no_grad():
        for p in method.controller.parameters():
            p.normal_(0, 0.5)
    inputs, y = problem.batch()
    logits = problem.model().double()(inputs).detach()
    method.seed(5)
    method.training_loss(logits, y, 4).backward()
    found = [p.grad.clone() for p in method.controller.parameters()]
    method.seed(5)
    noise = -torch.empty(2, len(y), 3, dtype=torch.float64).exponential_(generator=method.generator).log()
    temperature = 1 - 0.99 * 4 / 10
    picks = [((method.controller(logits, y) + noise[m]) / temperature).softmax(1) for m in range(2)]
    loss = ((picks[0] + picks[1]) / 2 * stack(problem.losses, logits, y)).sum(1).mean()
    expected = torch.autograd.grad(loss, list(method.controller.parameters()))
    for f, e in zip(found, expected, strict=True):
        torch.testing.assert_close(f, e)


def test_several_losses_are_picked_at_once(problem):
    method = SLF(problem.losses, problem.n_outputs, picks=2, temperature_floor=0.001, anneal_steps=1)
    inputs, y = problem.batch(400)
    weights = method.mixture_weights(problem.model()(inputs).detach(), y, 5).detach()
    counts = (weights > 0.25).sum(1)
    assert set(counts.tolist()) == {1, 2}


def test_decision_network_moves_at_every_step_and_needs_no_validation_data(problem):
    method = SLF(problem.losses, problem.n_outputs)
    model = problem.model()
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(3):
        before = [p.clone() for p in method.controller.parameters()]
        train_step(model, optimizer, method, *problem.batch(), None)
        assert not torch.equal(before[-1], list(method.controller.parameters())[-1])


def test_model_gets_the_gradient_of_scaled_candidates(problem):
    method = SLF(problem.losses, problem.n_outputs)
    inputs, y = problem.batch()
    logits = problem.model()(inputs).detach()
    method.seed(5)
    weights = method.weights(logits, y, 0)
    method.seed(5)
    torch.testing.assert_close(weights, method.mixture_weights(logits, y, 0) * method.scale.coefficients())
