"""From results to {seed: number}: what a claim compares, be it a test metric or a time."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from autoloss.reporting.claims.claim import Contender
from autoloss.reporting.comparisons import TIMES
from autoloss.reporting.goals import REFERENCE, best_auc, reached
from autoloss.reporting.groups import Place
from autoloss.reporting.results import Result


@dataclass(frozen=True)
class Sample:
    """The numbers of one contender at one place.

    Attributes:
        values: {seed: number} of the training runs that have one.
        unreached: seeds that never reached the goal: their number is the time of the whole run, a lower bound.
        failed: training runs that failed.
        cells: ids of the cells behind the values.
        looks: when comparisons of them were judged, where seeds are added until they are decided (see `Result`).
    """

    values: dict[int, float]
    unreached: frozenset[int]
    failed: int
    cells: tuple[str, ...]
    looks: tuple[int, ...] = ()


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
        self._timed = [r for r in timed if r.state != "done" or r.hardware == machine]
        # Quality does not depend on the machine; training cells come last, so that they win over timings of their seed.
        self._trained = sorted(regime, key=lambda r: r.kind == "train")

    def sample(self, contender: Contender, place: Place, metric: str, source: Place | None = None) -> Sample:
        """The contender's numbers by seed; empty when it has none there.

        Args:
            contender: which.
            place: where it was trained.
            metric: a test metric, or one of TIMES.
            source: where a transferred controller was learned.
        """
        found = [
            r
            for r in (self._timed if metric in TIMES else self._trained)
            if (r.dataset, r.model) == place and contender.matches(r)
            if not contender.transferred or r.transfer_from == source
        ]
        numbers = {r.seed: (*self._value(r, metric), r.cell_id) for r in found if r.state == "done"}
        numbers = {seed: number for seed, number in numbers.items() if math.isfinite(number[0])}
        return Sample(
            values={seed: value for seed, (value, _, _) in numbers.items()},
            unreached=frozenset(seed for seed, (_, done, _) in numbers.items() if not done),
            failed=len({r.cell_id for r in found if r.state == "failed"}),
            cells=tuple(cell for _, _, cell in numbers.values()),
            looks=max((r.looks for r in found), key=len, default=()) if metric not in TIMES else (),
        )

    def places(self, datasets: Sequence[str] = (), models: Sequence[str] = ()) -> list[Place]:
        """Every dataset with every model; an empty sequence stands for all that the results have."""
        every = [*self._trained, *self._timed]
        datasets = datasets or list(dict.fromkeys(r.dataset for r in every))
        models = models or list(dict.fromkeys(r.model for r in every))
        return [Place(d, m) for d in datasets for m in models]

    def _value(self, result: Result, metric: str) -> tuple[float, bool]:
        """The number (NaN: none), and whether its goal was reached."""
        if metric not in TIMES:
            return (result.test or {}).get(metric, math.nan), True
        if metric == "epoch_seconds":
            return (result.cost or {}).get("epoch_seconds", math.nan), True
        goal = self._goals.get((result.dataset, result.model, result.seed), math.nan)
        return reached(result.history, goal)

    @cached_property
    def _goals(self) -> dict[tuple[str, str, int], float]:
        """Best validation AUC of the reference method, by dataset, model and seed."""
        wanted = Contender(method=REFERENCE)
        return {
            (r.dataset, r.model, r.seed): best_auc(r.history)
            for r in self._timed
            if wanted.matches(r) and r.state == "done"
        }


def paired(metric: str, sample: Sample) -> dict[int, float]:
    """{seed: number} as differences are taken of: a time by its logarithm, so that a difference is a ratio."""
    return _logarithms(sample.values) if metric in TIMES else sample.values


def _logarithms(values: dict[int, float]) -> dict[int, float]:
    return {seed: math.log(value) for seed, value in values.items() if value > 0}
