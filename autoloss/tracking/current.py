"""Which cells are current: those of the plan."""

from pathlib import Path

from autoloss import cells
from autoloss.cells import hardware
from autoloss.config import load


def current_ids(root: Path) -> set[str]:
    """Ids of the cells in the plan; timings of other machines stay current beside this one's.

    Raises:
        UserError: there is no plan because the encoded data are not there, as after a clone with results alone.
    """
    config = load(root / "params.yaml")
    here = hardware.measuring(root, config.device)
    planned = {cell.id for cell in cells.plan(config, root, here).cells}
    return planned | {folder.name for folder in (root / "results").glob("timing/*/*") if folder.parent.name != here}
