"""A search for settings on validation: those of the training, and those that a method learns with.

Random search (Bergstra & Bengio, 2012) over scrambled Sobol points, as many trials for every method. The first trial
keeps the settings as they stand, so tuning cannot lose to them on validation. The points are the same for all methods:
the settings of the training, which come first, take the same values for each of them.
"""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch.quasirandom import SobolEngine

from autoloss import records
from autoloss.data.encoded import EncodedData
from autoloss.errors import UserError
from autoloss.files import Journal
from autoloss.methods import Method
from autoloss.training.build import build
from autoloss.training.loop import fit
from autoloss.training.outcome import OUTCOME, Tuned, TuningOutcome, TuningTrial
from autoloss.training.pace import Reporter
from autoloss.training.search import cost
from autoloss.training.spec import Bounds, Spec, Tuning

DIMENSIONS = 8  # drawn at least, so that the first coordinates do not depend on how many are used


def tuned(spec: Spec, upstream: dict[str, Path]) -> Spec:
    """The specification with the settings that the `tune` cell found, if there is one."""
    if "tune" not in upstream:
        return spec
    return _with(spec, records.read(TuningOutcome, upstream["tune"] / OUTCOME).settings)


def tune(
    spec: Spec,
    seed: int,
    data: EncodedData,
    prepare: Callable[[Method], None],
    scratch: Path,
    reporter: Reporter | None = None,
) -> TuningOutcome:
    """Trains with each of the drawn settings; the best on validation wins, the first of equals.

    A training run that fails, because its loss diverges with these settings, is a trial without a value.

    Args:
        spec: the cell's parameters; `tuning` says how many trials, and within which bounds.
        seed: the same for every trial.
        data: encoded, on the training device.
        prepare: gives a new method what earlier cells learned for it.
        scratch: holds the finished trials, so that a killed search resumes.
        reporter: told of each step.

    Raises:
        UserError: every trial failed; with the error of the first.
    """
    journal = Journal(scratch / "trials.jsonl")
    assert spec.tuning, "a tune cell has bounds"
    for settings in draw(spec.tuning)[len(journal.records) :]:
        model, method = build(_with(spec, settings), data, seed)
        prepare(method)
        journal.add(records.to_json(_trial(settings, model, method, data, spec, seed, reporter)))
    trials = [records.from_json(TuningTrial, each, journal.path) for each in journal.records]
    complete = [(trial.value, trial.settings) for trial in trials if trial.value is not None]
    if not complete:
        raise UserError(f"tuning: all {len(trials)} training runs failed; {trials[0].error}")
    _, best = max(complete, key=lambda found: found[0])
    return TuningOutcome(best, trials, cost(trials))


def _trial(
    settings: Tuned,
    model: torch.nn.Module,
    method: Method,
    data: EncodedData,
    spec: Spec,
    seed: int,
    reporter: Reporter | None,
) -> TuningTrial:
    """One training run; failed where its loss or its validation value is not a finite number."""
    begin, steps = time.perf_counter(), 0

    def evaluated(step: int, value: float) -> bool:
        nonlocal steps
        steps = step
        return False

    try:
        done = fit(model, method, data, _with(spec, settings).training, seed, prune=evaluated, reporter=reporter)
    except UserError as error:
        return TuningTrial(settings, None, steps, time.perf_counter() - begin, str(error))
    return TuningTrial(settings, done.best_value, done.step, done.seconds)


def draw(tuning: Tuning) -> list[Tuned]:
    """The settings of every trial: integers uniform between the bounds, other numbers uniform in their logarithm."""
    dimensions = max(DIMENSIONS, len(tuning.training) + len(tuning.method))
    points = SobolEngine(dimensions, scramble=True, seed=0).draw(tuning.trials - 1).tolist()
    drawn = [Tuned({}, {})]
    for point in points:
        coordinates = iter(point)
        training, method = (
            {name: _between(bounds, next(coordinates)) for name, bounds in settings.items()}
            for settings in (tuning.training, tuning.method)
        )
        drawn.append(Tuned(training, method))
    return drawn


def _between(bounds: Bounds, fraction: float) -> int | float:
    low, high = bounds
    if isinstance(low, int) and isinstance(high, int):
        return low + int(fraction * (high - low + 1))
    return math.exp(math.log(low) + fraction * (math.log(high) - math.log(low)))


def _with(spec: Spec, settings: Tuned) -> Spec:
    method = replace(spec.method, params={**spec.method.params, **settings.method})
    return replace(spec, training=replace(spec.training, **settings.training), method=method)
