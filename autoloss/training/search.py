"""Searches before a training run: constant weights of the losses, and learning rate with weight decay."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import cast

from autoloss import records
from autoloss.data.encoded import EncodedData
from autoloss.files import Journal
from autoloss.methods import Method
from autoloss.training.build import build
from autoloss.training.loop import Report, Schedule, fit
from autoloss.training.outcome import (
    OUTCOME,
    Rates,
    SearchCost,
    SearchOutcome,
    TuningOutcome,
    TuningTrial,
    WeightTrial,
)
from autoloss.training.pace import Reporter
from autoloss.training.roles import Searches, TakesWeights
from autoloss.training.spec import Settings, Spec


def tuned(settings: Settings, upstream: dict[str, Path]) -> Settings:
    """The training settings, with the rates that the `tune` cell found if there is one."""
    if "tune" not in upstream:
        return settings
    found = records.read(TuningOutcome, upstream["tune"] / OUTCOME).settings
    return replace(settings, learning_rate=found.learning_rate, weight_decay=found.weight_decay)


def spent(upstream: dict[str, Path]) -> SearchCost:
    """What all searches before a training run have taken together."""
    kinds = {"search": SearchOutcome, "tune": TuningOutcome}
    costs = [records.read(kind, upstream[role] / OUTCOME).cost for role, kind in kinds.items() if role in upstream]
    return SearchCost(
        sum(cost.search_steps for cost in costs),
        sum(cost.trials for cost in costs),
        sum(cost.seconds for cost in costs),
    )


def tune(
    spec: Spec,
    seed: int,
    data: EncodedData,
    prepare: Callable[[Method], None],
    scratch: Path,
    reporter: Reporter | None = None,
) -> TuningOutcome:
    """Trains with every pair of learning rate and weight decay; the best on validation wins, the first of equals.

    Args:
        spec: the cell's parameters; `tuning` lists the values.
        seed: the same for every pair.
        data: encoded, on the training device.
        prepare: gives a new method what earlier cells learned for it.
        scratch: holds the finished trials, so that a killed search resumes.
        reporter: told of each step.
    """
    journal = Journal(scratch / "trials.jsonl")
    assert spec.tuning, "a tune cell lists its values"
    pairs = list(product(spec.tuning.learning_rates, spec.tuning.weight_decays))
    for rate, decay in pairs[len(journal.records) :]:
        model, method = build(spec, data, seed)
        prepare(method)
        settings = replace(spec.training, learning_rate=rate, weight_decay=decay)
        progress = fit(model, method, data, settings, seed, reporter=reporter)
        journal.add(records.to_json(TuningTrial(rate, decay, progress.best_value, progress.step, progress.seconds)))
    trials = [records.from_json(TuningTrial, each, journal.path) for each in journal.records]
    best = max(trials, key=lambda trial: trial.value)
    return TuningOutcome(Rates(best.learning_rate, best.weight_decay), trials, _cost(trials))


def search_weights(
    spec: Spec, seed: int, data: EncodedData, scratch: Path, reporter: Reporter | None = None
) -> SearchOutcome:
    """Lets a method search its constant weights by whole training runs.

    Args:
        spec, seed, data, reporter: as in `tune`.
        scratch: the method keeps its study there, so that a killed search resumes.
    """

    def train(weights: list[float], report: Report) -> float:
        model, method = build(spec, data, seed)
        cast(TakesWeights, method).set_weights(weights)
        return fit(model, method, data, spec.training, seed, report=report, reporter=reporter).best_value

    searcher = cast(Searches, build(spec, data, seed)[1])
    result = searcher.search(train, scratch, seed, Schedule(len(data.train), spec.training).last)
    trials = [records.from_json(WeightTrial, each, "search of weights") for each in result.trials]
    return SearchOutcome(result.weights, trials, _cost(trials))


def _cost(trials: list[TuningTrial] | list[WeightTrial]) -> SearchCost:
    return SearchCost(sum(trial.steps for trial in trials), len(trials), sum(trial.seconds for trial in trials))
