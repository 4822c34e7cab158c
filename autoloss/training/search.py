"""Searches before a training: constant weights of the losses, and learning rate with weight decay."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autoloss.data.encoded import EncodedData
from autoloss.files import Journal
from autoloss.training.build import build
from autoloss.training.loop import Report, Schedule, fit
from autoloss.training.progress import Progress


def settings(spec: dict[str, Any], upstream: dict[str, Path]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The training settings with what was found by the `tune` cell, and what all searches before have cost."""
    found, spent = {}, {"search_steps": 0, "trials": 0}
    for role in ("search", "tune"):
        if role in upstream:
            result = json.loads((upstream[role] / "metrics.json").read_text())
            spent["search_steps"] += result["cost"]["search_steps"]
            spent["trials"] += result["cost"]["trials"]
            found |= result.get("settings", {})
    return {**spec["training"], **found}, spent


def tune(
    spec: dict[str, Any], seed: int, data: EncodedData, prepare: Callable[..., None], scratch: Path
) -> dict[str, Any]:
    """Trains every pair of learning rate and weight decay; the best on validation wins (the first of equals).

    Args:
        spec: the cell's parameters; `training.tuning` lists the values.
        seed: the same for every pair.
        data: encoded, on the training device.
        prepare: gives a fresh method what earlier cells learned for it.
        scratch: finished trials are kept there, so that a killed search goes on.

    Returns:
        metrics.json of the cell: the winning settings, every trial, the cost.
    """
    journal = Journal(scratch / "trials.jsonl")
    values = spec["training"]["tuning"]
    pairs = [
        {"learning_rate": rate, "weight_decay": decay}
        for rate in values["learning_rates"]
        for decay in values["weight_decays"]
    ]
    for pair in pairs[len(journal.records) :]:
        model, method = build(spec, data, seed)
        prepare(method)
        progress = fit(model, method, data, {**spec["training"], **pair}, seed)
        journal.add({**pair, "value": progress.best_value, "steps": progress.step, "seconds": progress.seconds})
    trials = journal.records
    best = max(trials, key=lambda trial: trial["value"])
    return {"settings": {key: best[key] for key in pairs[0]}, "trials": trials, "cost": _cost(trials)}


def search_weights(spec: dict[str, Any], seed: int, data: EncodedData, scratch: Path) -> dict[str, Any]:
    """Lets a method search its constant weights by whole trainings.

    Args:
        spec, seed, data: as in `tune`.
        scratch: the method keeps its study there, so that a killed search goes on.

    Returns:
        metrics.json of the cell: the weights, every trial, the cost.
    """
    runs: list[Progress] = []

    def train(weights: list[float], report: Report) -> float:
        model, method = build(spec, data, seed)
        method.set_weights(weights)
        runs.append(fit(model, method, data, spec["training"], seed, report=report))
        return runs[-1].best_value

    _, searcher = build(spec, data, seed)
    steps = Schedule(len(data.train), spec["training"], None).last
    result = searcher.search(train, scratch, seed, steps)
    return {"weights": result.weights, "trials": result.trials, "cost": _cost(result.trials)}


def _cost(trials: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "search_steps": sum(trial["steps"] for trial in trials),
        "trials": len(trials),
        "seconds": sum(trial.get("seconds", 0.0) for trial in trials),
    }
