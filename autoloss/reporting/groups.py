"""The results of one training over its seeds, and all methods that were trained at one place."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from autoloss.reporting import labels
from autoloss.reporting.results import Result, by_seed
from autoloss.statistics import Summary, summarise

State = Literal["done", "partial", "failed", "missing"]


class Place(NamedTuple):
    """Where methods are compared."""

    dataset: str
    model: str

    @property
    def title(self) -> str:
        """`DeepFM on Criteo`."""
        return f"{labels.title(self.model)} on {labels.title(self.dataset)}"


@dataclass(frozen=True)
class Group:
    """The planned seeds of one (experiment, dataset, model, method).

    Attributes:
        results: one per planned seed, whatever became of it.
    """

    results: tuple[Result, ...]

    @property
    def first(self) -> Result:
        """Any of them, for the names that they share."""
        return self.results[0]

    @property
    def scale(self) -> str:
        return self.first.scale

    @property
    def experiment(self) -> str:
        return self.first.experiment

    @property
    def dataset(self) -> str:
        return self.first.dataset

    @property
    def model(self) -> str:
        return self.first.model

    @property
    def method(self) -> str:
        return self.first.method

    @property
    def training(self) -> str:
        return self.first.training

    @property
    def looks(self) -> tuple[int, ...]:
        return self.first.looks

    @property
    def planned(self) -> int:
        return len(self.results)

    @property
    def done(self) -> tuple[Result, ...]:
        return tuple(r for r in self.results if r.state == "done")

    @property
    def state(self) -> State:
        """ "done" when all seeds are, "partial" when some are, else "failed" or "missing"."""
        count = self.counts
        if count["done"] == self.planned:
            return "done"
        return "partial" if count["done"] else "failed" if count["failed"] else "missing"

    @property
    def counts(self) -> Counter[str]:
        return Counter(r.state for r in self.results)

    @property
    def seeds(self) -> str:
        """`3`, or `2 of 3` when some are not there."""
        done = self.counts["done"]
        return str(done) if done == self.planned else f"{done} of {self.planned}"

    @property
    def shortfall(self) -> str:
        """What became of the seeds that are not there: `2 of 3, 1 failed`; empty when all are."""
        count = self.counts
        lacking = ", ".join(f"{count[s]} {s}" for s in ("failed", "missing") if count[s])
        return f"{self.seeds}, {lacking}" if lacking else ""

    def scores(self, metric: str) -> dict[int, float]:
        """{seed: test metric}."""
        return by_seed(self.results, metric)

    def summary(self, metric: str) -> Summary:
        """Mean and spread of a test metric."""
        return summarise(self.scores(metric).values())

    def costs(self, name: str) -> list[float]:
        """A cost of each finished seed that has it."""
        values = [(r.cost or {}).get(name, math.nan) for r in self.done]
        return [value for value in values if math.isfinite(value)]


def group(results: Iterable[Result], *keys: str) -> dict[tuple[str, ...], Group]:
    """Results by the values of attributes, in the order in which they first come."""
    grouped: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        grouped.setdefault(tuple(getattr(result, key) for key in keys), []).append(result)
    return {key: Group(tuple(members)) for key, members in grouped.items()}


def by_place(results: Iterable[Result]) -> dict[Place, dict[str, Group]]:
    """{place: {method: its seeds}}, in the order in which they first come."""
    found: dict[Place, dict[str, Group]] = {}
    for (dataset, model, method), members in group(results, "dataset", "model", "method").items():
        found.setdefault(Place(dataset, model), {})[method] = members
    return found
