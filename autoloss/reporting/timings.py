"""What training costs in time, for the efficiency table and its figures: per seed, from timing cells of a machine."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from autoloss import metrics
from autoloss.reporting.goals import REFERENCE, Unit, best_auc, reached
from autoloss.reporting.groups import Group, Place, by_place
from autoloss.reporting.labels import OURS
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result
from autoloss.statistics import Summary, summarise
from autoloss.training.outcome import Cost

COSTS = tuple(field.name for field in fields(Cost))
EVERY = "every"  # the hyperparameter f
GOALS: dict[str, Unit] = {"to_seconds": "train_seconds", "to_examples": "train_examples"}


@dataclass(frozen=True)
class Timing:
    """One method at one place, per seed.

    Attributes:
        group: its planned seeds.
        every: f, for AutoLoss and its variants.
        values: {quantity: {seed: number}}: the cost of a training run (the fields of `Cost`), its test metrics, and
            to_seconds, to_examples: what it took to reach CE's best validation AUC.
        unreached: seeds that never reached it: their numbers are all that they took, a lower bound.
    """

    group: Group
    every: int | None = None
    values: dict[str, dict[int, float]] = field(default_factory=dict, hash=False)
    unreached: frozenset[int] = frozenset()

    @property
    def place(self) -> Place:
        return Place(self.group.dataset, self.group.model)

    @property
    def method(self) -> str:
        return self.group.method

    def seeds(self, quantity: str) -> dict[int, float]:
        """{seed: number}; empty where no seed has it.

        Raises:
            KeyError: nothing measures a quantity of this name.
        """
        if quantity not in (*COSTS, *metrics.names(), *GOALS):
            raise KeyError(f"{quantity}: neither a field of Cost, nor a metric, nor one of {', '.join(GOALS)}")
        return self.values.get(quantity, {})

    def summary(self, quantity: str) -> Summary:
        """Mean and spread over seeds."""
        return summarise(self.seeds(quantity).values())


def timings(material: Material) -> list[Timing]:
    """All of this machine's timing experiments, each (dataset, model, method) once."""
    return _timings(material, material.results)


def timings_elsewhere(material: Material) -> list[Timing]:
    """Those of the other machines, one machine after another."""
    names = dict.fromkeys(r.hardware for r in material.elsewhere)
    return [t for name in names for t in _timings(material, [r for r in material.elsewhere if r.hardware == name])]


def _timings(material: Material, results: Iterable[Result]) -> list[Timing]:
    timed = {r.cell_id: r for r in results if r.kind == "timing"}.values()
    goals = _goals(timed)
    return [_timing(material, members, goals) for here in by_place(timed).values() for members in here.values()]


def frequencies(material: Material) -> list[Timing]:
    """AutoLoss with several update frequencies at one place, by f; empty where only one f was timed."""
    found = [t for t in timings(material) if t.every is not None]
    many: list[Timing] = []
    for place in dict.fromkeys(t.place for t in found):
        here = [t for t in found if t.place == place and _differs_in_f_alone(material, t.method)]
        if len({t.every for t in here}) > 1:
            many += sorted(here, key=lambda t: t.every or 0)
    return many


def _differs_in_f_alone(material: Material, method: str) -> bool:
    mine, ours = material.config.methods[method], material.config.methods.get(OURS, material.config.methods[method])

    def rest(params: dict) -> dict:
        return {k: v for k, v in params.items() if k != EVERY}

    return mine.use == OURS and mine.losses == ours.losses and rest(mine.params) == rest(ours.params)


def _timing(material: Material, group: Group, goals: Mapping[tuple[Place, int], float]) -> Timing:
    values: dict[str, dict[int, float]] = {}
    unreached: set[int] = set()
    for result in group.done:
        for name, number in _measured(result).items():
            values.setdefault(name, {})[result.seed] = number
        goal = goals.get((Place(result.dataset, result.model), result.seed), math.nan)
        for name, unit in GOALS.items():
            amount, there = reached(result.history, goal, unit)
            if math.isfinite(amount):
                values.setdefault(name, {})[result.seed] = amount
                unreached |= set() if there else {result.seed}
    is_ours = material.config.methods[group.method].use == OURS
    return Timing(group, group.first.params.get(EVERY) if is_ours else None, values, frozenset(unreached))


def _measured(result: Result) -> dict[str, float]:
    """The finite numbers that a timing cell reports."""
    known = {**(result.cost or {}), **(result.test or {})}
    return {name: number for name, number in known.items() if math.isfinite(number)}


def _goals(timed: Iterable[Result]) -> dict[tuple[Place, int], float]:
    """CE's best validation AUC, by place and seed."""
    return {
        (Place(r.dataset, r.model), r.seed): best_auc(r.history)
        for r in timed
        if r.method == REFERENCE and r.state == "done"
    }
