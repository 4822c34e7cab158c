"""What a table must say when its numbers do not all come from one machine or one version of the software."""

from collections import Counter
from collections.abc import Sequence

from autoloss.cells.record import Provenance
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result, one_scale
from autoloss.reporting.tables._numbers import listed


def mixtures(material: Material, results: Sequence[Result], table: str, timings: bool = False) -> tuple[str, ...]:
    """Notes on what differs among the finished cells of a table.

    Args:
        material: knows where each cell comes from.
        results: all of the table.
        table: its name, for the error.
        timings: whether the table compares times, which mean nothing across machines.

    Raises:
        UserError: the results are of several scales.
    """
    one_scale(results, f"table '{table}'")
    origins = {r.cell_id: material.provenance[r.cell_id] for r in results if r.cell_id in material.provenance}
    notes = []
    machines = Counter(origin.hardware.id for origin in origins.values())
    if timings and len(machines) > 1:
        notes.append(f"Warning: timings of several machines stand here and cannot be compared: {_counted(machines)}.")
    versions = Counter(_software(o) for o in origins.values())
    if len(versions) > 1:
        notes.append(f"Warning: the cells were trained with different versions: {_counted(versions)}.")
    commits = Counter((origin.git_commit or "unknown")[:10] for origin in origins.values())
    if len(commits) > 1:
        notes.append(
            f"The cells were trained at {len(commits)} commits ({_counted(commits)}); "
            "the code that trains them is the same in all, by the digest in each cell's name."
        )
    return tuple(notes)


def _software(origin: Provenance) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(origin.versions.items()))


def _counted(counter: Counter[str]) -> str:
    return listed([f"{name} ({count} cell{'s' if count > 1 else ''})" for name, count in counter.most_common()])
