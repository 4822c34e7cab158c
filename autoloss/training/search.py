"""Searches before a training run: that for constant weights of the losses, and what all of them cost."""

from pathlib import Path
from typing import cast

from autoloss import records
from autoloss.data.encoded import EncodedData
from autoloss.methods import Prune
from autoloss.training.build import build
from autoloss.training.loop import Schedule, fit
from autoloss.training.outcome import (
    OUTCOME,
    SearchCost,
    SearchOutcome,
    TuningOutcome,
    TuningTrial,
    WeightTrial,
)
from autoloss.training.pace import Reporter
from autoloss.training.roles import Searches, TakesWeights
from autoloss.training.spec import Spec


def spent(upstream: dict[str, Path]) -> SearchCost:
    """What all searches before a training run have taken together."""
    kinds = {"search": SearchOutcome, "tune": TuningOutcome}
    costs = [records.read(kind, upstream[role] / OUTCOME).cost for role, kind in kinds.items() if role in upstream]
    return SearchCost(
        sum(cost.search_steps for cost in costs),
        sum(cost.trials for cost in costs),
        sum(cost.seconds for cost in costs),
    )


def search_weights(
    spec: Spec, seed: int, data: EncodedData, scratch: Path, reporter: Reporter | None = None
) -> SearchOutcome:
    """Lets a method search its constant weights by whole training runs.

    Args:
        spec: the cell's parameters.
        seed: of every random source.
        data: encoded, on the training device.
        scratch: the method keeps its study there, so that a killed search resumes.
        reporter: told of each step.
    """

    def train(weights: list[float], prune: Prune) -> float:
        model, method = build(spec, data, seed)
        cast(TakesWeights, method).set_weights(weights)
        return fit(model, method, data, spec.training, seed, prune=prune, reporter=reporter).best_value

    searcher = cast(Searches, build(spec, data, seed)[1])
    result = searcher.search(train, scratch, seed, Schedule(len(data.train), spec.training).last)
    trials = [records.from_json(WeightTrial, each, "search of weights") for each in result.trials]
    return SearchOutcome(result.weights, trials, cost(trials))


def cost(trials: list[TuningTrial] | list[WeightTrial]) -> SearchCost:
    """What the trials of a search took together."""
    return SearchCost(sum(trial.steps for trial in trials), len(trials), sum(trial.seconds for trial in trials))
