"""What Snakemake is told: jobs for the cells that are missing."""

from dataclasses import dataclass
from pathlib import Path

from autoloss.cells.cell import Cell, state
from autoloss.cells.plan import Plan


@dataclass(frozen=True)
class Job:
    """Some cells, done one after another in one process (whose start costs seconds).

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
        return f"logs/jobs/{self.name}.log"


def jobs(plan: Plan, cells_per_job: int, root: Path = Path(".")) -> list[Job]:
    """The jobs for all cells that are not done.

    Cells of one job wait for equally long chains of others, so that jobs never wait for each other in a circle.
    """
    groups: dict[tuple[bool, int], list[Cell]] = {}
    for cell in plan.cells:
        if state(cell, root) != "done":
            groups.setdefault((cell.hardware is not None, _depth(cell)), []).append(cell)
    return [
        _job(group[start : start + cells_per_job], root)
        for group in groups.values()
        for start in range(0, len(group), cells_per_job)
    ]


def _depth(cell: Cell) -> int:
    return 1 + max(map(_depth, cell.upstream.values()), default=-1)


def _job(cells: list[Cell], root: Path) -> Job:
    upstream = {source.id: source for cell in cells for source in cell.upstream.values()}
    first = cells[0]
    parts = (cell.model for cell in cells), (cell.dataset for cell in cells), (cell.method for cell in cells)
    what = "-".join("+".join(dict.fromkeys(part))[:50] for part in parts)
    return Job(
        name=f"{what}-{first.digest}",
        cells=tuple(cells),
        inputs=tuple(_result(source, root) for source in upstream.values()),
        outputs=tuple(_result(cell, root) for cell in cells),
        alone=first.hardware is not None,
    )


def _result(cell: Cell, root: Path) -> str:
    return str(cell.folder(root) / "metrics.json")
