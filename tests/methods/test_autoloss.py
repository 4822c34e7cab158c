"""AutoLoss: the method, the steps it takes and what it says of itself."""

import math

import pytest
import torch

from autoloss.errors import UserError
from autoloss.losses import stack
from autoloss.methods import outer_loss, relaxed, train_step
from autoloss.methods.autoloss import AutoLoss

SETTINGS = {"every": 2, "warmup": 4, "hidden": (8,), "anneal_steps": 100}


def train(problem, method, steps, model=None, lr=0.01):
    """Trains a model by the method for some steps."""
    model = model or problem.model()
    method.seed(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        train_step(model, optimizer, method, *problem.batch(), problem.batch)
    return model, optimizer


def awake(problem, **settings):
    """A method in double precision whose controller is not at its uniform start."""
    method = AutoLoss(problem.losses, problem.n_outputs, **{**SETTINGS, "warmup": 0, **settings}).double()
    with torch.no_grad():
        for p in method.controller.parameters():
            p.normal_(0, 0.5)
    return method


@pytest.mark.parametrize("objective", ["cross_entropy", "mixture"])
@pytest.mark.parametrize("example_input", [True, False])
def test_controller_gets_the_unrolled_gradient(problem, look, objective, example_input):
    method = awake(problem, objective=objective, example_input=example_input)
    method.optimizers["controller"] = torch.optim.SGD(method.controller.parameters(), lr=0.0)  # leaves gradients alone
    caught = []
    learn = method.update
    method.update = lambda ahead: (caught.append(ahead), learn(ahead))
    model = problem.model().double()
    train(problem, method, 3, model)
    ahead, c = caught[-1], method.scale.coefficients()
    found = [p.grad for p in method.controller.parameters()]

    def rule(logits, y):
        return relaxed(method.controller(logits, y), method._noise, method.temperature(2)) * c

    def mixture(logits, y):
        return (method.controller(logits, y).exp() * c * stack(problem.losses, logits, y)).sum(1).mean()

    outer = outer_loss(problem.task) if objective == "cross_entropy" else mixture
    value = look.unrolled(ahead, problem.losses, rule, outer)
    expected = torch.autograd.grad(value, list(method.controller.parameters()))
    size = torch.cat([g.flatten() for g in expected]).norm() / torch.cat([g.flatten() for g in found]).norm()
    assert size > 1e-9
    for f, e in zip(found, expected, strict=True):
        torch.testing.assert_close(f * size, e, rtol=1e-8, atol=1e-14)
    assert method.record.meta_gradient / 2 > 0


def test_barrier_adds_the_gradient_of_the_divergence_from_uniform(problem):
    gradients = {}
    for barrier in (0.0, 0.3):
        torch.manual_seed(2)
        method = awake(problem, barrier=barrier)
        method.optimizers["controller"] = torch.optim.SGD(method.controller.parameters(), lr=0.0)
        caught, learn = [], method.update
        method.update = lambda ahead, caught=caught, learn=learn: (caught.append(ahead), learn(ahead))
        train(problem, method, 3, problem.model().double())
        gradients[barrier] = [p.grad.clone() for p in method.controller.parameters()]
    log_probs = method.controller(caught[-1].logits, caught[-1].y)
    divergence = sum((1 / 3) * math.log(1 / 3) - (1 / 3) * log_probs[:, j] for j in range(3)).mean()
    added = torch.autograd.grad(divergence, list(method.controller.parameters()))
    for plain, barred, expected in zip(gradients[0.0], gradients[0.3], added, strict=True):
        torch.testing.assert_close(barred - plain, 0.3 * expected)


def test_barrier_keeps_the_controller_from_saturating(problem):
    """With every candidate but one harmful, the choice goes to it alone; with the barrier each keeps a share."""
    good = problem.losses[0]

    def harmful(logits, y):
        return -good(logits, y)

    harmful.tasks = getattr(good, "tasks", ("binary", "multiclass"))
    smallest = {}
    for barrier in (0.0, 1.0):
        torch.manual_seed(1)
        settings = {"every": 1, "warmup": 0, "learning_rate": 0.1, "example_input": False, "barrier": barrier}
        method = AutoLoss([good, harmful], problem.n_outputs, **settings)
        model, batch = problem.model(dropout=0.0), problem.batch()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        for _ in range(80):
            train_step(model, optimizer, method, *batch, lambda batch=batch: batch)
        smallest[barrier] = float(method.controller.alpha.detach().softmax(0).min())
    assert smallest[1.0] > 10 * smallest[0.0]


def test_warm_up_weighs_all_candidates_alike_and_rests_the_controller(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, normalise=False, **SETTINGS)
    start = [p.clone() for p in method.controller.parameters()]
    train(problem, method, 4)
    logits, y = problem.model()(problem.batch()[0]).detach(), problem.batch()[1]
    assert method.weights(logits, y, 3).tolist() == [[pytest.approx(1 / 3)] * 3] * len(y)
    assert all(torch.equal(p, q) for p, q in zip(method.controller.parameters(), start, strict=True))
    assert [step for step in range(10) if method.due(step)] == [4, 6, 8]


def test_controller_learns_after_the_warm_up(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, **SETTINGS)
    train(problem, method, 12)
    assert all(p.abs().sum() > 0 for p in method.controller.parameters())


def test_temperature_follows_the_schedule():
    paper = AutoLoss([torch.nn.Identity()], 1)
    assert [paper.temperature(t) for t in (0, 1000, 19_800, 10**6)] == pytest.approx([1, 0.95, 0.01, 0.01])
    short = AutoLoss([torch.nn.Identity()], 1, anneal_steps=200, temperature_floor=0.2)
    assert [short.temperature(t) for t in (0, 100, 200, 300)] == pytest.approx([1, 0.6, 0.2, 0.2])


def test_shares_sum_to_one_and_hard_ones_are_choices(problem):
    inputs, y = problem.batch()
    logits = problem.model()(inputs).detach().double()
    for hard in (False, True):
        weights = awake(problem, hard=hard).mixture_weights(logits, y, 5)
        torch.testing.assert_close(weights.sum(1), torch.ones(len(y), dtype=torch.float64))
        if hard:
            assert set(weights.flatten().tolist()) == {0.0, 1.0}


def test_hard_selection_learns_by_the_soft_gradient(problem):
    method = awake(problem, hard=True)
    train(problem, method, 4, problem.model().double())
    assert all(p.grad.abs().sum() > 0 for p in method.controller.parameters())


def test_without_example_input_all_examples_have_one_distribution(problem):
    method = awake(problem, example_input=False)
    inputs, y = problem.batch()
    log_probs = method.controller(problem.model().double()(inputs), y)
    assert torch.equal(log_probs, log_probs[:1].expand_as(log_probs))


def test_frozen_controller_acts_at_once_and_never_learns(problem):
    method = awake(problem, warmup=100)
    method.freeze()
    start = {name: tensor.clone() for name, tensor in method.controller.state_dict().items()}
    train(problem, method, 6, problem.model().double())
    assert not any(method.due(step) for step in range(200))
    assert method.diagnostics()["entropy"] < math.log(3)
    for name, tensor in method.controller.state_dict().items():
        assert torch.equal(tensor, start[name])


def test_diagnostics_report_what_happened_since_the_last_ones(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, **SETTINGS)
    train(problem, method, 12)
    found = method.diagnostics()
    assert 0 < found["entropy"] <= math.log(3) + 1e-6
    assert list(found["mixture_weights"]) == [loss.__name__ for loss in problem.losses]
    assert sum(found["mixture_weights"].values()) == pytest.approx(1)
    assert found["meta_gradient_norm"] > 0
    assert found["temperature"] == pytest.approx(method.temperature(10))
    assert found["alarms"] == []
    seen = [cell for row in found["weights_by_example"] for cell in row if cell]
    assert seen and all(sum(cell) == pytest.approx(1, abs=1e-5) for cell in seen)
    again = method.diagnostics()  # nothing was chosen since: the weights are the last known ones
    assert again["mixture_weights"] == found["mixture_weights"] and "meta_gradient_norm" not in again


def test_collapse_on_one_candidate_raises_an_alarm(problem):
    method = awake(problem, example_input=False)
    with torch.no_grad():
        method.controller.alpha.copy_(torch.tensor([0.0, 60.0, 0.0]))
    train(problem, method, 4, problem.model().double())
    assert method.diagnostics()["alarms"][0] == f"collapse on {problem.losses[1].__name__}"


def test_dead_meta_gradient_raises_an_alarm(problem):
    method = AutoLoss([problem.losses[0]] * 3, problem.n_outputs, **SETTINGS)
    train(problem, method, 8)
    assert "dead meta-gradient" in method.diagnostics()["alarms"]


def test_picture_shows_the_controller_and_what_helped(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, **SETTINGS)
    train(problem, method, 12)
    picture = method.selection([(2 * k + 1) / 20 for k in range(10)])
    n_labels = {"binary": 2, "multiclass": 3, "regression": 5}[problem.task]
    assert torch.tensor(picture["selection"]).shape == (n_labels, 10, 3)
    torch.testing.assert_close(torch.tensor(picture["selection"]).sum(2), torch.ones(n_labels, 10))
    assert len(picture["labels"]) == n_labels
    known = [cell for row in picture["hypergradient"] for cell in row if cell]
    assert known and all(len(cell) == 3 for cell in known)


def test_saved_controller_is_the_same_in_another_method(problem, tmp_path):
    method = AutoLoss(problem.losses, problem.n_outputs, **SETTINGS)
    train(problem, method, 12)
    method.save_controller(tmp_path)
    other = AutoLoss(problem.losses, problem.n_outputs, **SETTINGS)
    other.load_controller(tmp_path)
    inputs, y = problem.batch()
    logits = problem.model()(inputs).detach()
    assert torch.equal(other.controller(logits, y), method.controller(logits, y))


def test_controller_of_other_losses_classes_or_shape_is_refused(problem, tmp_path):
    AutoLoss(problem.losses, problem.n_outputs, **SETTINGS).save_controller(tmp_path)
    with pytest.raises(UserError, match="losses: found .* this method expects"):
        AutoLoss(problem.losses[:2], problem.n_outputs, **SETTINGS).load_controller(tmp_path)
    with pytest.raises(UserError, match="hidden: found \\[8\\], this method expects \\[16, 16\\]"):
        AutoLoss(problem.losses, problem.n_outputs).load_controller(tmp_path)
    with pytest.raises(UserError, match=r"(task|n_outputs): found"):
        AutoLoss([lambda z, y: z] * 3, 7, **SETTINGS).load_controller(tmp_path)
    (tmp_path / "controller.safetensors").write_bytes(b"not a tensor")
    with pytest.raises(UserError, match="no controller can be read there"):
        AutoLoss(problem.losses, problem.n_outputs, **SETTINGS).load_controller(tmp_path)


def test_average_weights_are_those_of_the_whole_training(problem):
    method = AutoLoss(problem.losses, problem.n_outputs, **SETTINGS)
    assert method.average_weights() == pytest.approx([1 / 3] * 3)
    train(problem, method, 12)
    weights = list(method.diagnostics()["mixture_weights"].values())
    assert method.average_weights() == pytest.approx(weights)
