"""`autoloss archive`: how large the archive of finished cells is, and what of it could go."""

from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(".")


def archive(
    prune: Annotated[bool, typer.Option("--prune", help="Remove the cells that are not in the plan.")] = False,
) -> None:
    """Shows how much disk the archive of finished cells takes, and how much of that is not in the plan.

    The plan is that of params.yaml at its scale, and of this code. Timings of other machines count as planned.

    autoloss archive --prune
    """
    from autoloss.cells import archive as store
    from autoloss.cells import hardware, plan
    from autoloss.config import load

    config = load()
    here = hardware.measuring(ROOT, config.device)
    kept, left = store.divided(plan(config, ROOT, here), here, ROOT)
    print(f"{store.of(ROOT)}: {_said(kept)} in the plan, {_said(left)} not in the plan")
    if prune:
        for folder in left:
            store.remove(folder, ROOT)
        print(f"removed {len(left)} cells")
    elif left:
        print("`autoloss archive --prune` removes those that are not in the plan")


def _said(folders: list[Path]) -> str:
    size = sum(file.stat().st_size for folder in folders for file in folder.iterdir() if file.is_file())
    return f"{len(folders)} cells ({size / 1e6:,.1f} MB)"
