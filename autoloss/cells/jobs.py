"""What Snakemake is told: jobs, and which of their cells are missing."""

from dataclasses import dataclass
from pathlib import Path

from autoloss.cells.cell import Cell, state
from autoloss.cells.plan import Plan


@dataclass(frozen=True)
class Job:
    """Some cells, done one after another in one process (whose start costs seconds).

    Attributes:
        name: unique, and fit for a rule's name and a file's.
        cells: what is missing of the job; all of its cells if nothing is.
        inputs, outputs: metrics.json of what the missing cells build on, and of these cells. A finished cell is never
            among the outputs, for Snakemake deletes those.
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
        return f"logs/jobs/{self.name}.log"


def jobs(plan: Plan, cells_per_job: int, root: Path = Path(".")) -> list[Job]:
    """The jobs of all cells, also those of which nothing is missing.

    How the cells are shared out, and the jobs' names, do not depend on which cells are there: on a node of a cluster
    Snakemake reads all this again, while cells come to an end, and looks for the job that it was given. So a cell that
    was added because of results has a job of its own.

    Cells of one job wait for equally long chains of others, so that jobs never wait for each other in a circle.
    """
    groups: dict[tuple[bool, int, str], list[Cell]] = {}
    for cell in plan.cells:
        apart = cell.id if cell.id in plan.added else ""
        groups.setdefault((cell.hardware is not None, _depth(cell), apart), []).append(cell)
    return [
        _job(group[start : start + cells_per_job], root)
        for group in groups.values()
        for start in range(0, len(group), cells_per_job)
    ]


def _depth(cell: Cell) -> int:
    return 1 + max(map(_depth, cell.upstream.values()), default=-1)


def _job(cells: list[Cell], root: Path) -> Job:
    missing = [cell for cell in cells if state(cell, root) != "done"]
    upstream = {source.id: source for cell in missing for source in cell.upstream.values()}
    first = cells[0]
    parts = (cell.model for cell in cells), (cell.dataset for cell in cells), (cell.method for cell in cells)
    what = "-".join("+".join(dict.fromkeys(part))[:50] for part in parts)
    return Job(
        name=f"{what}-{first.digest}",
        cells=tuple(missing or cells),
        inputs=tuple(_result(source, root) for source in upstream.values()),
        outputs=tuple(_result(cell, root) for cell in missing),
        alone=first.hardware is not None,
    )


def _result(cell: Cell, root: Path) -> str:
    return str(cell.folder(root) / "metrics.json")
