"""From results to {seed: number}: what a claim compares, be it a test metric or a time."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from autoloss import metrics
from autoloss.reporting import collect, labels
from autoloss.reporting.claims.claim import Contender
from autoloss.reporting.results import Result

REFERENCE = "ce"  # the method whose best validation AUC is the goal of "time to quality"


@dataclass(frozen=True)
class Measure:
    """A number per training. Positive quantities of which ratios count (`ratio`) are compared by their logarithm."""

    label: str
    kind: Literal["quality", "timing"]
    higher_is_better: bool = False
    ratio: bool = False


MEASURES = {
    **{m.name: Measure(m.phrase, "quality", m.higher_is_better) for m in map(metrics.get, metrics.names())},
    "epoch_seconds": Measure("time per epoch", "timing", ratio=True),
    "seconds_to_quality": Measure("time until CE's best validation AUC", "timing", ratio=True),
}


class Place(NamedTuple):
    """Where contenders meet, and where the transferred controllers among them come from."""

    dataset: str
    model: str
    source: tuple[str, str] | None = None

    @property
    def title(self) -> str:
        """Dataset and model as they are written."""
        return f"{labels.title(self.dataset)}, {labels.title(self.model)}"


@dataclass(frozen=True)
class Sample:
    """One contender at one place.

    Attributes:
        values: {seed: number} of the trainings that have one.
        unreached: seeds that never reached the goal: their number is all the time they took, a lower bound.
        failed: trainings that failed.
        cells: ids of the cells behind the values.
    """

    values: dict[int, float]
    unreached: frozenset[int]
    failed: int
    cells: tuple[str, ...]


class Scores:
    """The results of one training regime, looked up by contender and place.

    Timings are read from timing cells of one machine: that with most of them (`machines` counts all).
    """

    def __init__(self, results: Iterable[Result], training: str):
        results = [r for r in results if r.kind in ("train", "timing")]
        regime = [r for r in results if r.training == training]
        # Timing cells may have a regime of their own (fewer epochs).
        timed = [r for r in regime if r.kind == "timing"] or [r for r in results if r.kind == "timing"]
        self.machines = Counter(r.hardware for r in timed if r.state == "done")
        machine = max(self.machines, key=lambda m: (self.machines[m], str(m)), default=None)
        self.timed = [r for r in timed if r.state != "done" or r.hardware == machine]
        # Quality does not depend on the machine; trainings come last, so that they win over timings of the same seed.
        self.trained = sorted(regime, key=lambda r: r.kind == "train")

    @cached_property
    def _goals(self) -> dict[tuple[str, str, int], float]:
        """Best validation AUC of the reference method, by dataset, model and seed."""
        wanted = Contender(method=REFERENCE)
        return {
            (r.dataset, r.model, r.seed): max(_aucs(collect.history(r)), default=math.nan)
            for r in self.timed
            if wanted.matches(r) and r.state == "done"
        }

    def sample(self, contender: Contender, place: Place, measure: str) -> Sample:
        """The contender's numbers by seed; empty when it has none there."""
        pool = self.timed if MEASURES[measure].kind == "timing" else self.trained
        found = [r for r in pool if _there(r, contender, place)]
        numbers = {r.seed: (*self._value(r, measure), r.cell_id) for r in found if r.state == "done"}
        numbers = {seed: number for seed, number in numbers.items() if math.isfinite(number[0])}
        return Sample(
            values={seed: value for seed, (value, _, _) in numbers.items()},
            unreached=frozenset(seed for seed, (_, done, _) in numbers.items() if not done),
            failed=len({r.cell_id for r in found if r.state == "failed"}),
            cells=tuple(cell for _, _, cell in numbers.values()),
        )

    def places(
        self, datasets: Iterable[str], models: Iterable[str], source: tuple[str | None, str | None] = (None, None)
    ) -> list[Place]:
        """Every dataset × model; an empty list stands for all that the results have, `source` for the controllers'."""
        every = [*self.trained, *self.timed]
        datasets = list(datasets) or list(dict.fromkeys(r.dataset for r in every))
        models = list(models) or list(dict.fromkeys(r.model for r in every))
        return [Place(d, m, (source[0] or d, source[1] or m)) for d in datasets for m in models]

    def _value(self, result: Result, measure: str) -> tuple[float, bool]:
        """The number (NaN: none), and whether its goal was reached."""
        if MEASURES[measure].kind == "quality":
            return float((result.test or {}).get(measure, math.nan)), True
        if measure == "epoch_seconds":
            seconds = np.atleast_1d((result.cost or {}).get("epoch_seconds") or [])
            return float(np.median(seconds)) if len(seconds) else math.nan, True
        goal = self._goals.get((result.dataset, result.model, result.seed), math.nan)
        return reached(collect.history(result), goal)


def reached(history: Iterable[dict], goal: float, cost: str = "train_seconds") -> tuple[float, bool]:
    """What it cost to reach a validation AUC of `goal`: that of the first evaluation at or above it.

    Args:
        history: rows of history.jsonl, in order.
        goal: a validation AUC.
        cost: "train_seconds" (without evaluations), "seconds" or "train_examples".

    Returns:
        The cost and True; all that the training cost and False when it never got there; NaN and False without a
        goal or without history.
    """
    rows = list(history)
    if math.isnan(goal) or not rows:
        return math.nan, False
    first = next((row for row in rows if _auc(row) >= goal), None)
    return float((first or rows[-1]).get(cost, math.nan)), first is not None


def _aucs(history: Iterable[dict]) -> list[float]:
    return [auc for auc in map(_auc, history) if not math.isnan(auc)]


def _auc(row: dict) -> float:
    auc = (row.get("valid") or {}).get("auc")
    return math.nan if auc is None else float(auc)


def _there(result: Result, contender: Contender, place: Place) -> bool:
    if (result.dataset, result.model) != (place.dataset, place.model) or not contender.matches(result):
        return False
    return not contender.transferred or result.transfer_from == place.source
