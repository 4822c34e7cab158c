"""The speed of every kind of step in a plan, though few are measured: each model on each shape of data with a fixed
loss, and what each method costs in comparison, once for each form of the data (number of fields and of outputs).

A step of a method is taken to cost the same multiple of one with a fixed loss, whatever the model, values and batch.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from autoloss.cells.cell import Cell
from autoloss.cells.forecast.measure import measure
from autoloss.cells.forecast.speed import Speed, kind_of_step
from autoloss.cells.forecast.work import at_most, without_warmup
from autoloss.data.facts import Facts
from autoloss.training.spec import PlugIn, Spec

ALIKE = 1.2  # the ratio of two tables' sizes up to which one measurement stands for both


@dataclass(frozen=True)
class _Shape:
    """What a step with a fixed loss costs depends on: model, batch, and about how many values."""

    fields: int
    size: int
    outputs: int
    batch: int
    model: str

    @classmethod
    def of(cls, spec: Spec) -> "_Shape":
        sizes = spec.data.field_sizes
        size = round(math.log(sum(sizes), ALIKE))
        return cls(len(sizes), size, spec.data.n_outputs, spec.training.batch_size, repr(spec.model))


def speeds(
    cells: Iterable[Cell],
    known: Mapping[str, Facts],
    threads: int,
    recorded: Mapping[str, Speed],
    say: Callable[[str], None],
) -> dict[str, Speed]:
    """By kind of step, how long it takes on the processor of this machine.

    Args:
        cells: of the plan.
        known: facts of the datasets, by name.
        threads: of a training process.
        recorded: speeds that need no measurement.
        say: told how far measuring is.
    """
    specs, steps = _kinds(cells)
    specs = {kind: spec for kind, spec in specs.items() if kind not in recorded}
    plain = {_Shape.of(spec): _plain(spec) for spec in specs.values()}
    homes: dict[tuple[object, ...], str] = {}  # of each method the kind that is measured: that with the most steps
    for kind, spec in sorted(specs.items(), key=lambda each: -steps[each[0]]):
        if kind_of_step(spec) != kind_of_step(_plain(spec)):
            homes.setdefault(_method(spec), kind)

    wanted = [*plain.values(), *(specs[kind] for kind in homes.values())]
    measured: dict[str, Speed] = {}
    for number, spec in enumerate(wanted, 1):
        say(f"measuring {number} of {len(wanted)}: {spec.method.use} with {spec.model.use} on {spec.data.name}")
        measured[kind_of_step(spec)] = measure(spec, known[spec.data.name], threads)
    bases = {shape: measured[kind_of_step(spec)] for shape, spec in plain.items()}
    ratios = {method: measured[kind].step / bases[_Shape.of(specs[kind])].step for method, kind in homes.items()}
    derived = {
        kind: replace(base, step=base.step * ratios.get(_method(spec), 1.0), origin="derived")
        for kind, spec in specs.items()
        for base in [bases[_Shape.of(spec)]]
    }
    return {**derived, **measured, **recorded}


def _kinds(cells: Iterable[Cell]) -> tuple[dict[str, Spec], dict[str, int]]:
    """Of each kind of step a specification, and how many steps the plan has at most."""
    specs: dict[str, Spec] = {}
    steps: dict[str, int] = defaultdict(int)
    for cell in cells:
        kind = kind_of_step(cell.spec)
        specs.setdefault(kind, cell.spec)
        steps[kind] += at_most(cell).steps
    return specs, steps


def _plain(spec: Spec) -> Spec:
    """The same with one loss, fixed: cross-entropy, or another candidate, which costs as much."""
    name, loss = next(iter(spec.losses.items()))
    return replace(spec, method=PlugIn("fixed", {}), losses={name: loss})


def _method(spec: Spec) -> tuple[object, ...]:
    """What a method's multiple depends on: the form of the data, the number of losses, and counts among its settings.

    Rates, flags and choices hardly matter: measured, they differ by less than a fifth.
    """
    settings = without_warmup(spec).method.params.items()
    counts = tuple(each for each in settings if isinstance(each[1], int) and not isinstance(each[1], bool))
    form = len(spec.data.field_sizes), spec.data.n_outputs
    return form, spec.method.use, len(spec.losses), counts
