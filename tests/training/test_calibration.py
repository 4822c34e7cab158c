import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from autoloss import metrics
from autoloss.errors import UserError
from autoloss.training.calibration import LARGEST, SMALLEST, fit, fit_temperature
from autoloss.training.evaluation import evaluate
from autoloss.training.outcome import Calibration

TASKS = ["binary", "multiclass"]


def draw(task, temperature=1.0, rows=3000):
    """Logits whose labels follow logits / temperature."""
    random = torch.Generator().manual_seed(5)
    logits = torch.randn((rows,) if task == "binary" else (rows, 4), generator=random) * 2
    classes = torch.stack([torch.zeros(rows), logits], 1) if task == "binary" else logits
    y = torch.multinomial((classes / temperature).softmax(1), 1, generator=random).squeeze(1)
    return logits, y.float() if task == "binary" else y


def logloss_calibrated(logits, y, task, temperature):
    same = Calibration(1 / temperature, [0.0])
    return evaluate(logits, y, task, {"affine": same, "temperature": same})["logloss_temperature"]


def slow_logloss(logits, y, task, temperature):
    scaled = logits.double() / temperature
    if task == "binary":
        return F.binary_cross_entropy(scaled.sigmoid(), y.double()).item()
    return -scaled.softmax(1).gather(1, y.long()[:, None]).log().mean().item()


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


def shifted(task):
    """Logits whose labels follow 0.5 · logits + a shift."""
    logits, _ = draw(task)
    random = torch.Generator().manual_seed(6)
    if task == "binary":
        return logits, torch.bernoulli((0.5 * logits + 0.8).sigmoid(), generator=random)
    shift = torch.tensor([0.8, -0.4, -0.4, 0.0])
    return logits, torch.multinomial((0.5 * logits + shift).softmax(1), 1, generator=random).squeeze(1)


@pytest.mark.parametrize("task", TASKS)
def test_no_scale_or_shift_nearby_is_better_than_the_fitted_ones(task):
    logits, y = shifted(task)
    found = fit(logits, y, task)["affine"]
    best = slow_logloss(found(logits.double()), y, task, 1.0)
    for change in (1e-2, -1e-2):
        assert slow_logloss(logits.double() * (found.scale + change) + torch.tensor(found.shift), y, task, 1.0) > best
        for output in range(1 if task == "binary" else 4):
            other = torch.tensor(found.shift)
            other[output] += change
            assert slow_logloss(logits.double() * found.scale + other, y, task, 1.0) > best
    assert found.scale == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("task", TASKS)
def test_a_shift_is_repaired_by_the_affine_map_and_not_by_temperature(task):
    logits, y = shifted(task)
    values = evaluate(logits, y, task, fit(logits, y, task))
    assert values["logloss_calibrated"] < values["logloss_temperature"] - 0.01 < values["logloss"]


@pytest.mark.parametrize("task", TASKS)
def test_the_affine_map_is_finite_where_classes_are_separable_or_absent_or_all_logits_alike(task):
    logits, y = draw(task)
    classes = torch.stack([torch.zeros_like(logits), logits], 1) if task == "binary" else logits
    for z, labels in ((logits, classes.argmax(1)), (logits, torch.zeros(len(y))), (torch.ones_like(logits), y)):
        found = fit(z, labels.to(y.dtype), task)["affine"]
        assert all(map(math.isfinite, (found.scale, *found.shift)))
        before, after = (slow_logloss(m, labels, task, 1.0) for m in (z, found(z.double())))
        assert after <= before + 1e-9


def test_regression_is_calibrated_by_least_squares():
    random = np.random.default_rng(0)
    z = random.normal(size=500)
    y = 3 * z - 2 + random.normal(size=500)
    found = fit(torch.tensor(z), torch.tensor(y), "regression")
    slope, intercept = np.polyfit(z, y, 1)
    assert set(found) == {"affine"}
    assert found["affine"].scale == pytest.approx(slope, rel=1e-9)
    assert found["affine"].shift == pytest.approx([intercept], rel=1e-9)
    assert fit(torch.ones(9), torch.full((9,), 3.0), "regression")["affine"](np.ones(2)) == pytest.approx([3, 3])


@pytest.mark.parametrize("task", metrics.TASKS)
def test_every_calibrated_metric_has_its_map(task):
    kinds = {metrics.get(name).calibrated for name in metrics.names(task)} - {None}
    assert kinds <= set(fit(torch.randn(50, 3) if task == "multiclass" else torch.randn(50), torch.ones(50), task))


def test_arrays_and_tensors_are_mapped_alike():
    mapped, logits = Calibration(2.0, [1.0, -1.0, 0.0]), torch.randn(5, 3, dtype=torch.float64)
    assert mapped(logits.numpy()) == pytest.approx(mapped(logits).numpy(), rel=1e-15)


@pytest.mark.parametrize("task", metrics.TASKS)
def test_a_logit_that_is_not_finite_is_one_clear_line(task):
    with pytest.raises(UserError, match="^calibration: found a logit that is not finite, expected finite"):
        fit(torch.tensor([0.0, math.inf]), torch.tensor([0.0, 1.0]), task)
