"""The forecast: what all cells of a plan cost together, and what the largest of them are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autoloss.cells.cell import Cell, state
from autoloss.cells.expected import download_bytes
from autoloss.cells.forecast.speed import Origin, Speed, kind_of_step
from autoloss.cells.forecast.work import at_most
from autoloss.cells.known import UNKNOWN
from autoloss.cells.plan import Plan
from autoloss.cells.room import bytes_of_job
from autoloss.config import Config
from autoloss.data.facts import Facts

STARTING = 4.0  # seconds until a process trains
HOUR = 3600


@dataclass(frozen=True)
class DataForecast:
    """One dataset.

    Attributes:
        name: in params.yaml. there: whether it is encoded.
        rows, feature_values: exact if it is there or published and taken whole.
        download_bytes: of the archive; None where its size is not published. disk_bytes: of the encoded arrays.
    """

    name: str
    there: bool
    rows: int
    feature_values: int
    download_bytes: int | None
    disk_bytes: int


@dataclass(frozen=True)
class Item:
    """The cells of one experiment that differ in nothing but their seeds.

    Attributes:
        experiment: the first that needs them. kind, dataset, model, method: of the cells.
        cells: how many. steps: of training, at most. hours: of one job, at most.
        origin: where the time of a step is from.
    """

    experiment: str
    kind: str
    dataset: str
    model: str
    method: str
    cells: int
    steps: int
    hours: float
    origin: Origin


@dataclass(frozen=True)
class Forecast:
    """What a plan costs. Hours are those of one job; `wall_hours` are for `workers` jobs side by side.

    Attributes:
        scale: of the plan. data: every dataset.
        cells: by kind, by experiment (the first that needs a cell), by method, and by where the time of a step is from.
        done: cells that are finished already; they are part of the numbers.
        items: the largest first.
        steps, hours: of all training runs at most, as if validation stopped none.
        hours_left: the same without the cells that are done.
        least: the share of the hours that is left if every training run stops as early as its patience allows.
        likely: the share that finished training runs of this project needed; None where none could stop early.
        workers, wall_hours: jobs side by side, and hours with them, at most.
        job_bytes: memory of the largest job, without the encoded ids, which all jobs of a machine share.
        shared_bytes: of the encoded ids of the largest dataset.
        results_bytes: of the test predictions of all cells.
    """

    scale: str
    data: tuple[DataForecast, ...]
    cells: dict[str, dict[str, int]]
    done: int
    items: tuple[Item, ...]
    steps: int
    hours: float
    hours_left: float
    least: float
    likely: float | None
    workers: int
    wall_hours: float
    job_bytes: int
    shared_bytes: int
    results_bytes: int


def forecast(
    config: Config,
    plan: Plan,
    known: Mapping[str, Facts],
    speeds: Mapping[str, Speed],
    workers: int,
    likely: float | None,
    root: Path,
) -> Forecast:
    """Adds up what the cells of a plan take at most.

    Args:
        config, plan: the parameters and their cells.
        known: facts of the datasets, as encoded or as expected.
        speeds: of every kind of step in the plan.
        workers: jobs side by side.
        likely: as in `Forecast`.
        root: the project's folder.
    """
    experiment_of = _first_experiment(plan)
    seconds = {cell: _seconds(cell, speeds, config.cells_per_job) for cell in plan.cells}
    total = sum(seconds.values())
    alone = sum(each for cell, each in seconds.items() if cell.hardware)
    done = [cell for cell in plan.cells if state(cell, root) == "done"]
    return Forecast(
        scale=config.scale,
        data=tuple(_data(config, name, each) for name, each in known.items()),
        cells={
            "kind": _counts(cell.kind for cell in plan.cells),
            "experiment": _counts(experiment_of[cell.id] for cell in plan.cells),
            "method": _counts(cell.method for cell in plan.cells),
            "time of a step": _counts(speeds[kind_of_step(cell.spec)].origin for cell in plan.cells),
        },
        done=len(done),
        items=_items(plan, experiment_of, seconds, speeds),
        steps=sum(at_most(cell).steps for cell in plan.cells),
        hours=total / HOUR,
        hours_left=(total - sum(seconds[cell] for cell in done)) / HOUR,
        least=sum(at_most(cell).least * each for cell, each in seconds.items()) / total,
        likely=likely,
        workers=workers,
        wall_hours=((total - alone) / workers + alone) / HOUR,
        job_bytes=max(bytes_of_job(cell.spec) for cell in plan.cells),
        shared_bytes=max(each.bytes for each in known.values()),
        results_bytes=sum(_predictions(cell) for cell in plan.cells),
    )


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names))  # `asdict` cannot copy a Counter


def _seconds(cell: Cell, speeds: Mapping[str, Speed], cells_per_job: int) -> float:
    """Of a cell at most, with its share of starting a process."""
    work, speed = at_most(cell), speeds[kind_of_step(cell.spec)]
    valid = cell.spec.data.rows_per_split["valid"]
    return STARTING / cells_per_job + work.steps * speed.step + work.evaluations * valid * speed.valid_row


def _first_experiment(plan: Plan) -> dict[str, str]:
    """Id of a cell → the first experiment that lists it, or one of whose cells builds on it."""
    found: dict[str, str] = {}

    def add(cell: Cell, experiment: str) -> None:
        found.setdefault(cell.id, experiment)
        for source in cell.upstream.values():
            add(source, experiment)

    for experiment, cells in plan.experiments.items():
        for cell in cells:
            add(cell, experiment)
    return found


def _items(
    plan: Plan, experiment_of: Mapping[str, str], seconds: Mapping[Cell, float], speeds: Mapping[str, Speed]
) -> tuple[Item, ...]:
    groups: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in plan.cells:
        groups[experiment_of[cell.id], f"{cell.title} {cell.training}"].append(cell)
    items = [
        Item(
            experiment, cells[0].kind, cells[0].dataset, cells[0].model, cells[0].method, len(cells),
            sum(at_most(cell).steps for cell in cells), sum(seconds[cell] for cell in cells) / HOUR,
            speeds[kind_of_step(cells[0].spec)].origin,
        )
        for (experiment, _), cells in groups.items()
    ]  # fmt: skip
    return tuple(sorted(items, key=lambda item: -item.hours))


def _data(config: Config, name: str, known: Facts) -> DataForecast:
    there = known.sha256 != UNKNOWN
    download = 0 if there else download_bytes(config.datasets[name])
    return DataForecast(name, there, known.rows, known.n_features, download, known.bytes)


def _predictions(cell: Cell) -> int:
    if cell.kind in ("tune", "search"):
        return 0
    return 4 * cell.spec.data.rows_per_split["test"] * cell.spec.data.n_outputs
