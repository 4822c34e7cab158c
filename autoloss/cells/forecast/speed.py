"""Seconds of a training step and of an evaluation, by kind of step; what finished cells of this machine took."""

import statistics
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from autoloss import records
from autoloss.cells import finished
from autoloss.cells.cell import Cell, state
from autoloss.cells.digest import of
from autoloss.cells.finished import FinishedCell
from autoloss.cells.forecast.work import at_most
from autoloss.errors import UserError
from autoloss.training.outcome import TrainingOutcome
from autoloss.training.spec import Spec

Origin: TypeAlias = Literal["recorded", "measured", "derived"]


@dataclass(frozen=True)
class Speed:
    """How long one kind of step takes.

    Attributes:
        step: seconds of one training step. valid_row: seconds of evaluating one validation row.
        origin: from finished cells of this machine, measured on random rows, or derived from what was measured.
    """

    step: float
    valid_row: float
    origin: Origin = "recorded"

    def scaled(self, factor: float) -> "Speed":
        """That of a machine that takes `factor` times as long."""
        return replace(self, step=self.step * factor, valid_row=self.valid_row * factor)


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
