import subprocess
import sys

import numpy as np
import pytest
import torch

from autoloss import metrics
from autoloss.errors import UserError
from autoloss.metrics import Outputs
from autoloss.metrics.auc import placements
from autoloss.metrics.logloss import per_row


def draw(task, rows=500, classes=4):
    random = torch.Generator().manual_seed(1)
    if task == "multiclass":
        logits = torch.randn((rows, classes), generator=random).double()
        return Outputs(logits, torch.multinomial(logits.softmax(1), 1, generator=random).squeeze(1), task)
    logits = torch.randn(rows, generator=random).double()
    if task == "binary":
        return Outputs(logits, torch.bernoulli(logits.sigmoid(), generator=random), task)
    return Outputs(logits, logits + torch.randn(rows, generator=random), task)


@pytest.mark.parametrize("task", metrics.TASKS)
def test_one_metric_decides_for_each_task_and_comes_first(task):
    decide = [name for name in metrics.names(task) if metrics.get(name).decides]
    assert decide == [metrics.names(task)[0]] == [metrics.deciding(task).name] == [metrics.headline(task)[0]]


@pytest.mark.parametrize("name", metrics.names())
def test_every_metric_can_be_shown_and_is_computed_for_its_tasks(name):
    metric = metrics.get(name)
    assert metric.name == name and metric.title and metric.phrase and metric.decimals > 0
    assert metric.tasks and set(metric.tasks) <= set(metrics.TASKS)
    for task in metric.tasks:
        assert np.isfinite(metric.compute(draw(task)))


@pytest.mark.parametrize("name", metrics.names())
def test_the_direction_is_that_of_better_predictions(name):
    metric = metrics.get(name)
    for task in metric.tasks:
        good = draw(task)
        bad = Outputs(-good.logits, good.y, task)
        assert metric.better(metric.compute(good), metric.compute(bad))
        assert not metric.better(metric.compute(bad), metric.compute(good))


@pytest.mark.parametrize(("task", "name"), [(task, name) for task in metrics.TASKS for name in metrics.names(task)])
def test_an_optimum_is_the_value_of_outputs_that_are_the_truth(task, name):
    outputs = draw(task)
    truth = {"binary": outputs.logits.sigmoid(), "multiclass": outputs.logits.softmax(-1)}.get(task, outputs.logits)
    optimum = metrics.get(name).optimum(truth.numpy(), outputs.y.numpy())
    assert optimum is None or optimum == pytest.approx(metrics.get(name).compute(outputs), rel=1e-12)


def test_the_metrics_with_an_optimum_are_those_that_the_truth_optimises():
    truth, y = np.array([0.2, 0.7, 0.4]), np.array([0.0, 1.0, 1.0])
    known = {n for n in metrics.names() if metrics.get(n).optimum(truth, y) is not None}
    assert {"auc", "logloss", "rmse"} <= known and not known & {
        "ece",
        *(n for n in metrics.names() if metrics.get(n).calibrated),
    }


def test_an_unknown_metric_is_one_line_with_the_nearest_name():
    with pytest.raises(UserError, match="unknown metric 'logoss'; did you mean 'logloss'"):
        metrics.get("logoss")


def test_placements_average_to_the_auc_on_both_sides_and_count_ties_half():
    random = np.random.default_rng(0)
    scores, positive = random.integers(0, 20, 300).astype(float), random.random(300) < 0.3
    found = placements(scores, positive)
    pairs = (scores[positive][:, None] > scores[~positive]) + 0.5 * (scores[positive][:, None] == scores[~positive])
    assert found[positive] == pytest.approx(pairs.mean(1), rel=1e-12)
    assert found[~positive] == pytest.approx(pairs.mean(0), rel=1e-12)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_the_losses_of_the_rows_average_to_the_logloss(task):
    outputs = draw(task)
    rows = per_row(outputs.logits.numpy(), outputs.y.numpy())
    assert rows.mean() == pytest.approx(metrics.get("logloss").compute(outputs), rel=1e-12)


def test_the_report_reads_metrics_without_importing_torch():
    code = "import sys; from autoloss import metrics; metrics.headline(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
