import math

import pytest
import torch
import torch.nn.functional as F

from autoloss.errors import UserError
from autoloss.training.calibration import LARGEST, SMALLEST, fit_temperature
from autoloss.training.evaluation import evaluate

TASKS = ["binary", "multiclass"]


def draw(task, temperature=1.0, rows=3000):
    """Logits whose labels follow logits / temperature."""
    random = torch.Generator().manual_seed(5)
    logits = torch.randn((rows,) if task == "binary" else (rows, 4), generator=random) * 2
    classes = torch.stack([torch.zeros(rows), logits], 1) if task == "binary" else logits
    y = torch.multinomial((classes / temperature).softmax(1), 1, generator=random).squeeze(1)
    return logits, y.float() if task == "binary" else y


def logloss_calibrated(logits, y, task, temperature):
    return evaluate(logits, y, task, temperature)["logloss_calibrated"]


def slow_logloss(logits, y, task, temperature):
    scaled = logits.double() / temperature
    if task == "binary":
        return F.binary_cross_entropy(scaled.sigmoid(), y.double()).item()
    return -scaled.softmax(1).gather(1, y[:, None]).log().mean().item()


@pytest.mark.parametrize("true", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("task", TASKS)
def test_temperature_is_the_best_of_a_fine_grid(task, true):
    logits, y = draw(task, true)
    grid = [math.exp(u) for u in torch.linspace(math.log(0.1), math.log(10), 2001).tolist()]
    best = min(grid, key=lambda t: slow_logloss(logits, y, task, t))
    found = fit_temperature(logits, y, task)
    assert found == pytest.approx(best, rel=0.003)
    assert slow_logloss(logits, y, task, found) <= slow_logloss(logits, y, task, best)
    assert found == pytest.approx(true, rel=0.15)


@pytest.mark.parametrize("task", TASKS)
def test_scaling_all_logits_scales_the_temperature_alike(task):
    logits, y = draw(task)
    assert fit_temperature(20 * logits, y, task) == pytest.approx(20 * fit_temperature(logits, y, task), rel=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_temperature_stays_inside_its_bounds_where_the_best_one_is_none(task):
    logits, y = draw(task)
    classes = torch.stack([torch.zeros_like(logits), logits], 1) if task == "binary" else logits
    separable, hopeless = classes.argmax(1).to(y.dtype), classes.argmin(1).to(y.dtype)
    assert fit_temperature(logits, separable, task) == pytest.approx(SMALLEST, rel=1e-6)
    assert fit_temperature(logits, hopeless, task) == pytest.approx(LARGEST, rel=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_a_few_extreme_logits_on_the_wrong_side_do_no_harm(task):
    logits, y = draw(task)
    logits[:3], y[:3] = 1e6 * logits[:3].sign(), 0
    found = fit_temperature(logits, y, task)
    assert SMALLEST < found <= LARGEST
    near = [found * 1.01, found / 1.01] if found < LARGEST / 1.01 else [found / 1.01]
    assert all(
        logloss_calibrated(logits, y, task, found) <= logloss_calibrated(logits, y, task, other) for other in near
    )


@pytest.mark.parametrize("task", TASKS)
def test_logits_of_zero_keep_their_temperature(task):
    logits, y = draw(task)
    assert fit_temperature(torch.zeros_like(logits), y, task) == 1.0


@pytest.mark.parametrize("task", TASKS)
def test_calibrated_logloss_is_that_of_the_divided_logits(task):
    logits, y = draw(task)
    assert logloss_calibrated(logits, y, task, 2.5) == pytest.approx(slow_logloss(logits, y, task, 2.5), rel=1e-10)
    assert logloss_calibrated(logits, y, task, 1.0) == pytest.approx(evaluate(logits, y, task)["logloss"], rel=1e-12)


@pytest.mark.parametrize("task", TASKS)
def test_calibration_on_a_split_never_raises_its_own_logloss(task):
    logits, y = draw(task, 2.0)
    fitted = logloss_calibrated(logits, y, task, fit_temperature(logits, y, task))
    assert fitted < logloss_calibrated(logits, y, task, 1.0)


def test_a_logit_that_is_not_finite_is_one_clear_line():
    with pytest.raises(UserError, match="^temperature scaling: found a logit that is not finite, expected finite"):
        fit_temperature(torch.tensor([0.0, math.inf]), torch.tensor([0.0, 1.0]), "binary")


def test_regression_has_no_temperature():
    with pytest.raises(UserError, match="found task 'regression', expected binary or multiclass"):
        fit_temperature(torch.zeros(2), torch.zeros(2), "regression")
