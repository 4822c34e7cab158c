"""What Snakemake is told: one job per training that is missing, all of its seeds together."""

from dataclasses import dataclass
from pathlib import Path

from autoloss.cells.cell import Cell, state
from autoloss.cells.plan import Plan


@dataclass(frozen=True)
class Job:
    """Some cells of one training, done one after another in one process.

    Attributes:
        name: unique, and fit for a rule's name and a file's.
        cells: what is missing; a finished cell is never among a job's outputs, for Snakemake deletes those.
        inputs, outputs: metrics.json of the upstream cells, and of the cells.
        alone: measures time, so nothing else may run.
    """

    name: str
    cells: tuple[Cell, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    alone: bool

    @property
    def log(self) -> str:
        """What the job prints."""
        return f"logs/cells/{self.name}.log"


def jobs(plan: Plan, cells_per_job: int, root: Path = Path(".")) -> list[Job]:
    """The jobs for all cells that are not done."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in plan.cells:
        if state(cell, root) != "done":
            groups.setdefault((cell.title, cell.training), []).append(cell)
    return [
        _job(group[start : start + cells_per_job], root)
        for group in groups.values()
        for start in range(0, len(group), cells_per_job)
    ]


def _job(cells: list[Cell], root: Path) -> Job:
    upstream = {source.id: source for cell in cells for source in cell.upstream.values()}
    return Job(
        name=f"{cells[0].title}-{cells[0].digest}",
        cells=tuple(cells),
        inputs=tuple(_result(source, root) for source in upstream.values()),
        outputs=tuple(_result(cell, root) for cell in cells),
        alone=cells[0].hardware is not None,
    )


def _result(cell: Cell, root: Path) -> str:
    return str(cell.folder(root) / "metrics.json")
