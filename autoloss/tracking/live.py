"""Runs of cells in training: how far they are. Once training ends they go, and the finished run takes over."""

from collections.abc import Mapping
from time import time

from mlflow.entities import Run

from autoloss.cells.pace import pace_line
from autoloss.tracking import views
from autoloss.tracking.runs import Point
from autoloss.tracking.store import Store
from autoloss.training.pace import Pace

RUNNING = "cell.running"  # the id of a cell; `cell.id` belongs to finished ones
IMPORTER = "cell.importer"  # who writes the run


def show(store: Store, stored: list[Run], paces: Mapping[str, Pace]) -> None:
    """Brings this project's runs of cells in training up to date.

    Args:
        stored: the store's runs.
        paces: by cell id, of the cells in training; the run of any other cell is deleted.
    """
    there: dict[str, Run] = {}
    for run in stored:
        cell = run.data.tags.get(RUNNING)
        if cell is None or run.data.tags.get(IMPORTER) != store.owner:
            continue
        if cell in paces and cell not in there:
            there[cell] = run
        else:
            store.delete(run.info.run_id)
    if paces:
        store.tag_experiment(views.of_training())
    for cell, pace in paces.items():
        run, note, now = there.get(cell), pace_line(pace), int(1000 * time())
        if run and run.data.tags.get(views.NOTE) == note:
            continue  # no news
        run_id = run.info.run_id if run else store.create(cell, {RUNNING: cell, IMPORTER: store.owner}, now)
        store.log(run_id, {}, _points(pace, now))
        store.tag(run_id, {views.NOTE: note})


def _points(pace: Pace, now: int) -> list[Point]:
    """The numbers of a pace; several training runs of a cell follow one another along the axis."""
    step = (pace.run - 1) * pace.last_step + pace.step
    values = {
        "run": pace.run,
        "step": pace.step,
        "last_step": pace.last_step,
        "examples_per_second": pace.examples_per_second,
        "seconds_left": pace.seconds_left,
        "valid_newest": pace.newest,
        "valid_best": pace.best,
    }
    return [Point(name, float(value), now, step) for name, value in values.items() if value is not None]
