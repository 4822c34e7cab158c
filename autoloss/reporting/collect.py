"""Cells → results: reads what the cells of a plan left on disk. Failed and missing ones come too."""

from dataclasses import asdict
from pathlib import Path

from autoloss import cells
from autoloss.cells import Cell, Plan
from autoloss.cells.finished import read
from autoloss.config import Config
from autoloss.errors import UserError
from autoloss.reporting.results import Result
from autoloss.training.outcome import Outcome, TrainingOutcome

EXTENT = ("steps", "epochs", "best_step", "best_epoch")


def collect(config: Config, plan: Plan, root: Path = Path(".")) -> list[Result]:
    """One result per experiment and cell, in the order of params.yaml.

    Args:
        config: validated parameters (its scale is stamped on every result).
        plan: the cells; those of `plan.experiments` are collected.
        root: the project's folder.
    """
    return [_result(cell, name, config, root) for name, listed in plan.experiments.items() for cell in listed]


def upstream(config: Config, plan: Plan, root: Path = Path(".")) -> list[Result]:
    """The cells that no experiment lists: searches, tuning, and controllers' sources. Their `experiment` is empty."""
    listed = {cell.id for cells_ in plan.experiments.values() for cell in cells_}
    return [_result(cell, "", config, root) for cell in plan.cells if cell.id not in listed]


def elsewhere(config: Config, plan: Plan, root: Path = Path(".")) -> list[Result]:
    """The finished timings of other machines that this code and these parameters would measure there."""
    here = {cell.hardware for cell in plan.cells}
    machines = sorted(folder.name for folder in (root / "results" / "timing").glob("hw-*") if folder.name not in here)
    found = []
    for machine in machines:
        there = cells.plan(config, root, machine).experiments
        found += [_result(c, name, config, root) for name, listed in there.items() for c in listed if c.hardware]
    return [result for result in found if result.state == "done"]


def _result(cell: Cell, experiment: str, config: Config, root: Path) -> Result:
    state, error, folder = cells.state(cell, root), cells.error(cell, root), cell.folder(root)
    finished = None
    if state == "done":
        try:
            finished = read(folder)
        except UserError as damage:
            state, error = "failed", str(damage)
    elif state == "missing" and error:
        state = "failed"  # an upstream cell failed
    outcome = finished.outcome if finished else None
    trained = outcome if isinstance(outcome, TrainingOutcome) else None
    source = cell.upstream.get("controller")
    learned = (source.dataset, source.model) if source else None
    return Result(
        cell_id=cell.id,
        experiment=experiment,
        kind=cell.kind,
        scale=config.scale,
        dataset=cell.dataset,
        model=cell.model,
        method=cell.method,
        training=cell.training,
        seed=cell.seed,
        state=state,
        test=trained.test if trained else None,
        valid=trained.valid if trained else None,
        cost=_cost(outcome) if outcome else None,
        finished=finished,
        folder=folder if folder.is_dir() else None,
        error=None if state == "done" else error,
        params=cell.spec.method.params,
        transfer_from=None if learned == (cell.dataset, cell.model) else learned,
        hardware=finished.about.provenance.hardware.id if finished else cell.hardware,
        looks=config.looks(experiment) if experiment else (),
    )


def _cost(outcome: Outcome) -> dict[str, float]:
    """What the cell took, and how far training went."""
    cost = {name: float(value) for name, value in asdict(outcome.cost).items()}
    if not isinstance(outcome, TrainingOutcome):
        return cost
    return {**cost, **{name: float(getattr(outcome, name)) for name in EXTENT}}
