"""Columns of what was timed, for the tables of efficiency and of the update frequency f."""

from collections.abc import Callable
from typing import TypeVar

from autoloss.reporting.tables._columns import Column, spread_over_seeds
from autoloss.reporting.tables._numbers import ABSENT, beside, fixed, short, spread, whole
from autoloss.reporting.tables._table import Value
from autoloss.reporting.timings import Timing
from autoloss.training.outcome import Cost

R = TypeVar("R")
RATES = ("to_examples", "examples_per_second", "peak_memory_mb")  # shown without decimals, as counts are
QUALITY = ("auc", "logloss")


def quantity(name: str, title: str, timing: Callable[[R], Timing]) -> tuple[Column[R], ...]:
    """A measured quantity over seeds; without a title it stands in the csv alone.

    Args:
        name: a key of `Timing.values`.
        title: its heading.
        timing: of a record.
    """
    return spread_over_seeds(name, title, lambda r: timing(r).summary(name), lambda r: _entry(timing(r), name))


def machines(timing: Timing) -> list[str]:
    """Ids of the machines that it was measured on."""
    return sorted({str(result.hardware) for result in timing.group.done})


def machine(timing: Timing) -> str:
    """`AMD EPYC 7B13, 2 cores`, with the GPU where there is one; of several, each with its id."""
    found = {r.finished.about.provenance.hardware for r in timing.group.done if r.finished}
    named = sorted((f"{m.cpu}, {m.cores} cores" + (f", {m.gpu}" if m.gpu else ""), m.id) for m in found)
    return "; ".join(f"{name} ({id})" for name, id in named)


def _entry(timing: Timing, name: str) -> Value:
    values, members = timing.seeds(name), timing.group
    if not values:
        state = members.state if members.state in ("failed", "missing") else "done"
        return Value(ABSENT if state == "done" else state, state=state)
    late = len(timing.unreached & values.keys()) if name.startswith("to_") else 0
    text, deviation = _written(timing, name)
    note = f"{late} of {len(values)} never reached it" if late else members.shortfall
    return Value(("≥ " if late else "") + text, deviation, note=note, sort=timing.summary(name).mean)


def _written(timing: Timing, name: str) -> tuple[str, str]:
    """Mean and deviation as they are printed."""
    found = timing.summary(name)
    if name in QUALITY:
        return fixed(found.mean), spread(found.std)
    if name in RATES or Cost.__annotations__.get(name) is int:
        return whole(found.mean), f"± {whole(found.std)}" if found.n > 1 else ""
    return short(found.mean), beside(found.std, found.mean) if found.n > 1 else ""
