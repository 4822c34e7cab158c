"""What trainings cost in time, for the efficiency table and its figures: per seed, from timing cells of one machine."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from autoloss.reporting.claims_scores import REFERENCE, reached
from autoloss.reporting.labels import OURS
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result

EVERY = "every"  # the hyperparameter f


@dataclass(frozen=True)
class Timing:
    """One method at one place, per seed.

    Attributes:
        dataset, model, method: names.
        results: its planned seeds.
        every: f, for AutoLoss and its variants.
        values: {quantity: {seed: number}}: epoch_seconds, step_ms, examples_per_second, train_seconds,
            peak_memory_mb, auc, and to_seconds, to_examples: what it took to reach CE's best validation AUC.
        unreached: seeds that never reached it: their numbers are all that they took, a lower bound.
    """

    dataset: str
    model: str
    method: str
    results: tuple[Result, ...]
    every: int | None = None
    values: dict[str, dict[int, float]] = field(default_factory=dict, hash=False)
    unreached: frozenset[int] = frozenset()


def timings(material: Material) -> list[Timing]:
    """All of the timing experiments, each (dataset, model, method) once."""
    timed: dict[str, Result] = {r.cell_id: r for r in material.results if r.kind == "timing"}
    places: dict[tuple[str, str, str], list[Result]] = {}
    for result in timed.values():
        places.setdefault((result.dataset, result.model, result.method), []).append(result)
    goals = _goals(material, timed.values())
    return [_timing(material, key, members, goals) for key, members in places.items()]


def frequencies(material: Material) -> list[Timing]:
    """AutoLoss with several update frequencies at one place, by f; empty where only one f was timed."""
    found = [t for t in timings(material) if t.every is not None]
    many = []
    for place in dict.fromkeys((t.dataset, t.model) for t in found):
        here = [t for t in found if (t.dataset, t.model) == place and _differs_in_f_alone(material, t.method)]
        if len({t.every for t in here}) > 1:
            many += sorted(here, key=lambda t: t.every)
    return many


def _differs_in_f_alone(material: Material, method: str) -> bool:
    mine, ours = material.config.methods[method], material.config.methods.get(OURS, material.config.methods[method])

    def rest(params: dict) -> dict:
        return {k: v for k, v in params.items() if k != EVERY}

    return mine.use == OURS and mine.losses == ours.losses and rest(mine.params) == rest(ours.params)


def _timing(material: Material, key: tuple[str, str, str], members: list[Result], goals: dict) -> Timing:
    values: dict[str, dict[int, float]] = {}
    unreached = set()
    for result in (r for r in members if r.state == "done"):
        cost = dict(result.cost or {}, auc=(result.test or {}).get("auc"))
        for name in ("epoch_seconds", "step_ms", "examples_per_second", "train_seconds", "peak_memory_mb", "auc"):
            if isinstance(cost.get(name), int | float) and math.isfinite(cost[name]):
                values.setdefault(name, {})[result.seed] = float(cost[name])
        goal = goals.get((result.dataset, result.model, result.seed), math.nan)
        for name, unit in (("to_seconds", "train_seconds"), ("to_examples", "train_examples")):
            amount, there = reached(material.histories[result.cell_id], goal, unit)
            if math.isfinite(amount):
                values.setdefault(name, {})[result.seed] = amount
                unreached |= set() if there else {result.seed}
    is_ours = material.config.methods[key[2]].use == OURS
    every = members[0].params.get(EVERY) if is_ours else None
    return Timing(*key, tuple(members), every, values, frozenset(unreached))


def _goals(material: Material, timed: Iterable[Result]) -> dict[tuple[str, str, int], float]:
    """CE's best validation AUC, by dataset, model and seed."""
    return {
        (r.dataset, r.model, r.seed): max(
            (line["valid"].get("auc") or math.nan for line in material.histories[r.cell_id]), default=math.nan
        )
        for r in timed
        if r.method == REFERENCE and r.state == "done"
    }
