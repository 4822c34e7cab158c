"""What of the archive could go: cells that params.yaml plans at no scale, whatever its seeds may still come to."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autoloss import seals
from autoloss.cells import archive, hardware, known
from autoloss.cells.cell import damage
from autoloss.cells.plan import plan
from autoloss.cells.record import RECORD
from autoloss.config import Config
from autoloss.errors import UserError
from autoloss.files import read_json


@dataclass(frozen=True)
class Kept:
    """What stays in the archive.

    Attributes:
        planned: ids of cells.
        machines: whose timings stay only if they are planned; those of others always do.
        unknown: {scale: its datasets that are not encoded yet}: without them its plan is not known, and its cells stay.
    """

    planned: frozenset[str]
    machines: frozenset[str]
    unknown: dict[str, list[str]]

    def has(self, about: dict[str, object]) -> bool:
        """Whether a cell stays, by the content of its cell.json."""
        if about.get("id") in self.planned or about.get("scale") in self.unknown:
            return True
        return about.get("hardware") not in (None, *self.machines)


def kept(configs: Iterable[Config], root: Path) -> Kept:
    """What the plans of these configurations keep, one for each scale.

    Where seeds are added until a comparison is decided, that is all that may be added: which ones are depends on the
    cells in the view, and the archive is there for when the view is lost.
    """
    planned: set[str] = set()
    machines: set[str] = set()
    unknown: dict[str, list[str]] = {}
    for config in configs:
        if lacking := known.not_yet_encoded(config, root):
            unknown[config.scale] = lacking
            continue
        here = hardware.measuring(root, config.device)
        machines.add(here)
        planned |= {cell.id for cell in plan(config.with_bounds(most=True), root, here).cells}
    return Kept(frozenset(planned), frozenset(machines), unknown)


def divided(kept: Kept, root: Path) -> tuple[dict[Path, str], list[Path]]:
    """The sealed cells of the archive: those that stay, each with its scale, and those that could go."""
    stay: dict[Path, str] = {}
    go: list[Path] = []
    for record in sorted(archive.of(root).glob(f"*/{RECORD}")):
        with suppress(UserError):
            about = read_json(record)
            if not seals.is_sealed(record.parent, RECORD) or about.get("id") != record.parent.name:
                continue
            if kept.has(about):
                stay[record.parent] = str(about.get("scale"))
            else:
                go.append(record.parent)
    return stay, go


def prune(folders: list[Path], root: Path) -> Iterator[str]:
    """Removes cells from the archive; a line for each damaged one, which is set aside instead."""
    for folder in folders:
        if damage(folder, root):
            yield from archive.set_aside(folder, root)
        else:
            archive.remove(folder, root)
