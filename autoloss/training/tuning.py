"""A search for settings on validation: those of the training, and those that a method learns with.

Random search (Bergstra & Bengio, 2012) over scrambled Sobol points, as many trials for every method. The first trial
keeps the settings as they stand, so tuning cannot lose to them on validation. The points are the same for all methods:
the settings of the training, which come first, take the same values for each of them.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from torch.quasirandom import SobolEngine

from autoloss import records
from autoloss.data.encoded import EncodedData
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

    Args:
        spec: the cell's parameters; `tuning` says how many trials, and within which bounds.
        seed: the same for every trial.
        data: encoded, on the training device.
        prepare: gives a new method what earlier cells learned for it.
        scratch: holds the finished trials, so that a killed search resumes.
        reporter: told of each step.
    """
    journal = Journal(scratch / "trials.jsonl")
    assert spec.tuning, "a tune cell has bounds"
    for settings in draw(spec.tuning)[len(journal.records) :]:
        changed = _with(spec, settings)
        model, method = build(changed, data, seed)
        prepare(method)
        progress = fit(model, method, data, changed.training, seed, reporter=reporter)
        journal.add(records.to_json(TuningTrial(settings, progress.best_value, progress.step, progress.seconds)))
    trials = [records.from_json(TuningTrial, each, journal.path) for each in journal.records]
    best = max(trials, key=lambda trial: trial.value)
    return TuningOutcome(best.settings, trials, cost(trials))


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
