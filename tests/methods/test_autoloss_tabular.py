"""AutoLoss with a table: the formulas written out slowly, and what the table remembers."""

import copy
import json
import math

import pytest
import torch

from autoloss import KL, MAE, MSE, AutoLossTabular, CrossEntropy, Focal, Hinge, Huber
from autoloss.errors import UserError
from autoloss.methods import load_controller, train_step

SETTINGS = {"every": 2, "warmup": 4, "anneal_steps": 100}


def make(problem, **settings):
    candidates = [MAE(), MSE(), Huber()] if problem.task == "regression" else [Focal(), KL(), Hinge(), CrossEntropy()]
    return AutoLossTabular(candidates, problem.n_outputs, **{**SETTINGS, **settings})


def train(problem, method, steps=14):
    torch.manual_seed(1)
    model = problem.model().to(method.record.entropy.dtype)
    method.seed(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        train_step(model, optimizer, method, *problem.batch(), problem.batch)
    return model


def slow_cell(problem, method, z, y):
    """The cell of one example, in plain floats: 4 · row + bin."""
    if problem.task == "regression":
        mean = float(method.controller.examples.mean)
        deviation = math.sqrt(float(method.controller.examples.variance))
        row = min(max(round((y - mean) / deviation), -2), 2) + 2
        position = (z - mean) / deviation / 6 + 0.5
    elif problem.task == "multiclass":
        row, position = int(y), math.exp(z[int(y)]) / sum(math.exp(c) for c in z)
    else:
        row, position = int(y), 1 / (1 + math.exp(-z))
    return 4 * row + min(max(int(position * 4), 0), 3)


def slow_table(updates, n_cells, preferred):
    """π by cell from updates, each a list of (cell, [s_ij c_j for all j]); DESIGN's formulas, in plain floats."""
    k = len(preferred)
    sums, counts, size = [[0.0] * k for _ in range(n_cells)], [0.0] * n_cells, None
    for examples in updates:
        now = sum(abs(v) for _, row in examples for v in row) / (len(examples) * k)
        size = now if size is None else 0.9 * size + 0.1 * now
        sums, counts = [[0.9 * v for v in row] for row in sums], [0.9 * n for n in counts]
        for cell, row in examples:
            sums[cell] = [v + (s - sum(row) / k) / size for v, s in zip(sums[cell], row, strict=True)]
            counts[cell] += 1
    overall = [sum(row[j] for row in sums) / (sum(counts) + 100) for j in range(k)]
    table = []
    for row, n in zip(sums, counts, strict=True):
        mean = [(row[j] + 500 * overall[j]) / (n + 500) for j in range(k)]
        odds = [math.exp(2.0 * preferred[j] + mean[j] / 0.05) for j in range(k)]
        table.append([o / sum(odds) for o in odds])
    return table


def test_table_is_the_soft_best_response_to_running_mean_advantages(problem):
    method = make(problem, warmup=0, every=1).double()
    updates = []
    learn = method.controller.learn

    def watched(hypergradients, logits, y):
        cells = [slow_cell(problem, method, z, label) for z, label in zip(logits.tolist(), y.tolist(), strict=True)]
        updates.append(list(zip(cells, hypergradients.tolist(), strict=True)))
        learn(hypergradients, logits, y)

    method.controller.learn = watched
    train(problem, method, 5)
    assert len(updates) == 5
    preferred = [isinstance(loss, CrossEntropy | MSE) for loss in method.losses]
    expected = slow_table(updates, 4 * method.controller.examples.n_labels, preferred)
    torch.testing.assert_close(method.controller.log_probs().exp(), torch.tensor(expected, dtype=torch.float64))
    inputs, y = problem.batch()
    logits = problem.model().double()(inputs).detach()
    found = method.controller(logits, y).exp().tolist()
    for probabilities, z, label in zip(found, logits.tolist(), y.tolist(), strict=True):
        assert probabilities == pytest.approx(expected[slow_cell(problem, method, z, label)])


def test_the_response_maximises_the_mean_advantage_minus_the_divergence(problem):
    method = make(problem).double()
    train(problem, method)
    table, k = method.controller, len(method.losses)
    reference = (2.0 * table.preferred).log_softmax(0)
    overall = table.advantages.sum(0) / (table.counts.sum() + 100)
    mean = (table.advantages + 500 * overall) / (table.counts + 500)[:, None]

    def value(log_p):
        return (log_p.exp() * (mean - 0.05 * (log_p - reference))).sum(1)

    best = table.log_probs()
    assert (best.exp() - 1 / k).abs().max() > 0.1
    for _ in range(20):
        other = (best + 0.3 * torch.randn_like(best)).log_softmax(1)
        assert (value(best) > value(other)).all()


def test_weights_are_equal_before_the_first_update(problem):
    method = make(problem, warmup=3)  # the first update follows step 4
    for more in (3, 1):
        train(problem, method, more)
        inputs, y = problem.batch()
        weights = method.mixture_weights(problem.model()(inputs).detach(), y, method.steps)
        assert torch.equal(weights.expand(len(y), -1), torch.full((len(y), len(method.losses)), 1 / len(method.losses)))
    train(problem, method, 2)
    assert float(method.controller.updates) == 1
    assert (method.mixture_weights(problem.model()(inputs).detach(), y, 6) - 1 / len(method.losses)).abs().max() > 0.1


def test_a_harmful_candidate_is_dropped(problem):
    """One candidate is the negative of the other, and validation rows are the training rows."""
    good = make(problem).losses[-1]

    def harmful(logits, y):
        return -good(logits, y)

    harmful.tasks = good.tasks
    method = AutoLossTabular([good, harmful], problem.n_outputs, every=1, warmup=0, preference=0.0)
    torch.manual_seed(1)
    model, batch = problem.model(dropout=0.0), problem.batch()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(20):
        train_step(model, optimizer, method, *batch, lambda: batch)
    assert method.diagnostics()["mixture_weights"]["harmful"] < 0.3


def test_nothing_is_preferred_where_no_candidate_is_the_outer_objective(problem):
    candidates = [loss for loss in make(problem).losses if not isinstance(loss, CrossEntropy | MSE)]
    method = AutoLossTabular(candidates, problem.n_outputs)
    assert method.controller.preferred.tolist() == [0.0] * len(candidates)


def test_a_function_may_say_that_it_is_the_outer_objective():
    def mine(logits, y):
        return (logits - y) ** 2

    mine.outer_objective = True
    assert AutoLossTabular([Hinge(), mine], 1).controller.preferred.tolist() == [0.0, 1.0]


def test_it_learns_without_parameters_or_optimisers(problem):
    method = make(problem)
    assert not list(method.parameters()) and not method.optimizers
    assert "controller.advantages" in method.state_dict()


def test_restored_buffers_continue_bit_for_bit(problem):
    method = make(problem)
    train(problem, method, 7)
    again = make(problem)
    again.load_state_dict(copy.deepcopy(method.state_dict()))
    inputs, y = problem.batch()
    logits = problem.model()(inputs).detach()
    for each in (method, again):
        each.seed(3)
    assert torch.equal(method.weights(logits, y, 7), again.weights(logits, y, 7))
    assert method.diagnostics() == again.diagnostics()


def test_frozen_table_acts_at_once_and_never_changes(problem, tmp_path):
    method = make(problem)
    train(problem, method)
    method.save_controller(tmp_path)
    other = make(problem, warmup=100)
    other.load_controller(tmp_path)
    other.freeze()
    state = {name: tensor.clone() for name, tensor in other.controller.state_dict().items()}
    train(problem, other, 6)
    assert all(torch.equal(tensor, state[name]) for name, tensor in other.controller.state_dict().items())
    weights = other.diagnostics()["mixture_weights"].values()
    assert max(abs(weight - 1 / len(weights)) for weight in weights) > 0.01


def test_saved_table_is_the_same_in_another_method_and_by_itself(problem, tmp_path):
    method = make(problem)
    train(problem, method)
    method.save_controller(tmp_path)
    other = make(problem)
    other.load_controller(tmp_path)
    inputs, y = problem.batch()
    logits = problem.model()(inputs).detach()
    expected = method.controller(logits, y)
    assert torch.equal(other.controller(logits, y), expected)
    assert torch.equal(load_controller(tmp_path)(logits, y), expected)
    assert json.loads((tmp_path / "controller.json").read_text())["method"] == "autolosstabular"
    with pytest.raises(UserError, match="kl_strength: found 0.05, this method expects 0.1"):
        make(problem, kl_strength=0.1).load_controller(tmp_path)


def test_picture_is_that_of_a_controller(problem):
    method = make(problem)
    train(problem, method)
    found = method.diagnostics()
    n_labels = {"binary": 2, "multiclass": 3, "regression": 5}[problem.task]
    picture = torch.tensor(found["selection"]["selection"])
    assert picture.shape == (n_labels, 21, len(method.losses))
    assert len(picture[0].unique(dim=0)) <= 4  # one distribution per bin
    known = [cell for row in found["selection"]["hypergradient"] for cell in row if cell]
    assert known and all(len(cell) == len(method.losses) for cell in known)
    assert found["alarms"] == []
