"""Seconds of a training step and of an evaluation: from finished cells of this machine, or measured on random rows."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from autoloss import records
from autoloss.cells import finished
from autoloss.cells.cell import Cell, state
from autoloss.cells.digest import of
from autoloss.cells.finished import FinishedCell
from autoloss.cells.forecast.work import at_most, without_warmup
from autoloss.data.encoded import EncodedData, Split
from autoloss.data.facts import Facts
from autoloss.errors import UserError
from autoloss.methods import Constant, train_step
from autoloss.training import settle
from autoloss.training.build import build
from autoloss.training.loop import evaluate_split
from autoloss.training.outcome import TrainingOutcome
from autoloss.training.spec import Spec

SECONDS = 0.5  # of measuring, for each kind of step
VALID_ROWS = 10_000


@dataclass(frozen=True)
class Speed:
    """Seconds of one training step, and of evaluating one validation row."""

    step: float
    valid_row: float

    def scaled(self, factor: float) -> "Speed":
        """That of a machine that takes `factor` times as long."""
        return Speed(self.step * factor, self.valid_row * factor)


def kind_of_step(spec: Spec) -> str:
    """What steps of equal cost have in common, as a digest."""
    settings = {"batch": spec.training.batch_size, "n_losses": len(spec.losses), "outputs": spec.data.n_outputs}
    what = records.to_json(spec)
    return of({"fields": what["data"]["field_sizes"], "model": what["model"], "method": what["method"], **settings})


def finished_runs(cells: Iterable[Cell], root: Path) -> list[tuple[Cell, FinishedCell]]:
    """The training runs of a plan that are done."""
    found = []
    for cell in cells:
        if cell.kind in ("train", "timing") and state(cell, root) == "done":
            with suppress(UserError):  # damaged: whoever uses the result names it
                found.append((cell, finished.read(cell.folder(root))))
    return found


def recorded(runs: Iterable[tuple[Cell, FinishedCell]], hardware: str) -> dict[str, Speed]:
    """By kind of step, the median speed of the finished training runs of one machine."""
    found: dict[str, list[Speed]] = {}
    for cell, result in runs:
        if result.about.provenance.hardware.id == hardware:
            found.setdefault(kind_of_step(cell.spec), []).append(_speed(result))
    return {
        kind: Speed(statistics.median(s.step for s in speeds), statistics.median(s.valid_row for s in speeds))
        for kind, speeds in found.items()
    }


def likely_share(runs: Iterable[tuple[Cell, FinishedCell]]) -> float | None:
    """The mean share of their steps that finished runs needed, among those that patience could have stopped."""
    shares = [
        result.outcome.steps / work.steps
        for cell, result in runs
        if isinstance(result.outcome, TrainingOutcome) and (work := at_most(cell)).least < 1
    ]
    return statistics.mean(shares) if shares else None


def _speed(result: FinishedCell) -> Speed:
    assert isinstance(result.outcome, TrainingOutcome), f"{result.about.id}: expected a training run"
    cost, rows = result.outcome.cost, result.about.spec.data.rows_per_split["valid"]
    evaluations = max(1, len(result.history))
    return Speed(cost.train_seconds / result.outcome.steps, (cost.seconds - cost.train_seconds) / evaluations / rows)


def reference(cells: Iterable[Cell], speeds: Mapping[str, Speed]) -> tuple[Cell, float]:
    """The cell whose step stands for a machine's speed, the first with a fixed loss, and its examples per second."""
    every = list(cells)
    cell = next((cell for cell in every if cell.spec.method.use == "fixed"), every[0])
    return cell, cell.spec.training.batch_size / speeds[kind_of_step(cell.spec)].step


def measured(
    cells: Iterable[Cell], known: Mapping[str, Facts], threads: int, say: Callable[[str], None]
) -> dict[str, Speed]:
    """By kind of step, the speed on random rows, on the processor of this machine.

    Args:
        cells: whose kinds are measured.
        known: facts of the datasets, by name.
        threads: of a training process.
        say: told how far it is.
    """
    settle.machine(threads)
    specs = {kind_of_step(cell.spec): cell.spec for cell in cells}
    found = {}
    for number, (kind, spec) in enumerate(specs.items(), 1):
        say(f"measuring {number} of {len(specs)}: {spec.method.use} with {spec.model.use} on {spec.data.name}")
        found[kind] = _measure(spec, known[spec.data.name])
    return found


def _measure(spec: Spec, facts: Facts) -> Speed:
    train, valid = (_random_rows(facts, rows) for rows in (spec.training.batch_size, VALID_ROWS))
    data = EncodedData(facts, train, valid, valid)
    model, method = build(without_warmup(spec), data, seed=0)
    if isinstance(method, Constant):
        method.set_weights([1.0] * len(spec.losses))
    optimizer = torch.optim.Adam(model.parameters(), lr=spec.training.learning_rate, fused=True)

    turn = int(spec.method.params.get("every", 1))  # steps with one update of the controller, if there is one

    def train_a_turn(steps: int = turn) -> None:
        for _ in range(steps):
            train_step(model, optimizer, method, train.ids, train.y, lambda: (train.ids, train.y))

    train_a_turn(1)  # the first step makes the optimiser's state, and may try several ways to look ahead
    step = _seconds(train_a_turn, SECONDS) / turn
    return Speed(step, _seconds(lambda: evaluate_split(model, valid, data), 0.0) / VALID_ROWS)


def _seconds(do: Callable[[], object], at_least: float) -> float:
    """The median time of a call, repeated until `at_least` seconds have passed."""
    taken: list[float] = []
    while not taken or sum(taken) < at_least:
        begin = time.perf_counter()
        do()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def _random_rows(facts: Facts, rows: int) -> Split:
    """Rows of random values and labels; values are not all equally frequent."""
    sizes = torch.tensor(facts.field_sizes)
    ids = (torch.rand(rows, len(sizes)) ** 4 * sizes).long() + sizes.cumsum(0) - sizes
    classes = facts.n_classes or 2
    labels = torch.randint(0, classes, (rows,))
    return Split(ids.int(), labels if facts.task == "multiclass" else labels.float())
