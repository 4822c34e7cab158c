"""The facts of all datasets of a plan: as encoded, or as expected; and which cells wait for data."""

from pathlib import Path

from autoloss.cells.cell import Cell
from autoloss.config import Config
from autoloss.data import facts
from autoloss.data.facts import Facts

UNKNOWN = "not known before the data are encoded"  # in place of the digest of a dataset's arrays


def all_facts(config: Config, root: Path) -> dict[str, Facts]:
    """The facts of every dataset that the configuration uses: as encoded, else as expected."""
    folder = root / "data" / "encoded" / config.scale
    found = {name: facts.find(folder / name) for name in config.used_datasets()}
    if all(found.values()):
        return {name: each for name, each in found.items() if each}
    from autoloss.cells.expected import expected  # imports the formats, which cost half a second

    return {name: each or expected(config.datasets[name]) for name, each in found.items()}


def not_yet_encoded(config: Config, root: Path) -> list[str]:
    """The datasets that the configuration uses and that are not encoded."""
    folder = root / "data" / "encoded" / config.scale
    return [name for name in config.used_datasets() if facts.find(folder / name) is None]


def missing(known: dict[str, Facts]) -> list[str]:
    """The datasets that are not encoded yet."""
    return [name for name, each in known.items() if each.sha256 == UNKNOWN]


def not_encoded(cell: Cell) -> set[str]:
    """The datasets that a cell, or one that it builds on, still waits for."""
    own = {cell.dataset} if cell.spec.data.sha256 == UNKNOWN else set()
    return own.union(*map(not_encoded, cell.upstream.values()))


def name(cell: Cell) -> str:
    """The id of a cell; without the digest, if that depends on data that are not encoded yet."""
    return f"{cell.title}-s{cell.seed}" if not_encoded(cell) else cell.id
