"""The metrics. Each file `autoloss/metrics/<name>.py` is one; it says how it is computed, directed and shown."""

from collections.abc import Collection
from functools import cache

from autoloss import registry
from autoloss.metrics._metric import Metric, Outputs

__all__ = ["TASKS", "Metric", "Outputs", "deciding", "deciding_among", "get", "headline", "names"]

TASKS = ("binary", "multiclass", "regression")


@cache
def get(name: str) -> Metric:
    """The metric `name`.

    Raises:
        UserError: there is no such file; the message suggests the nearest name.
    """
    return registry.load("metrics", name)()


@cache
def names(task: str | None = None) -> tuple[str, ...]:
    """The metrics of a task (of all tasks without one), the deciding one first, then by name."""
    if task is None:
        return tuple(dict.fromkeys(name for each in TASKS for name in names(each)))
    found = [get(name) for name in registry.names("metrics")]
    return tuple(m.name for m in sorted(found, key=lambda m: not m.decides) if task in m.tasks)


def deciding(task: str) -> Metric:
    """The metric that stops training and ends searches for a task."""
    return get(names(task)[0])


def deciding_among(found: Collection[str]) -> Metric | None:
    """The metric that decides, among the names of stored values; None if it is not there."""
    return next((get(name) for name in names() if name in found and get(name).decides), None)


def headline(task: str | None = None) -> tuple[str, ...]:
    """The metrics that the main tables show for a task (for all tasks without one), the deciding one first."""
    return tuple(name for name in names(task) if get(name).headline)
