"""`autoloss archive`: how large the archive of finished cells is, and what of it could go."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(".")


def archive(
    prune: Annotated[bool, typer.Option("--prune", help="Remove the cells that no plan needs.")] = False,
) -> None:
    """Shows how much disk the archive of finished cells takes, and how much of that no plan needs.

    Needed is what params.yaml and this code plan at any scale, with all the seeds that its comparisons may still get.
    Timings of other machines stay, and so do all cells of a scale whose data are not encoded: its plan is not known.

    autoloss archive --prune
    """
    from autoloss.cells import archive as store
    from autoloss.cells import prune as pruning
    from autoloss.config import PARAMS, SCALES, load

    kept = pruning.kept((load(PARAMS, scale) for scale in SCALES), ROOT)
    stay, go = pruning.divided(kept, ROOT)
    print(f"{store.of(ROOT)}: {_said(stay)} stay, {_said(go)} in no plan")
    for scale, datasets in kept.unknown.items():
        if held := [folder for folder, its in stay.items() if its == scale]:
            print(f"scale {scale}: all {_said(held)} stay, as {', '.join(datasets)} are not encoded")
    if prune:
        for line in pruning.prune(go, ROOT):
            print(line)
        print(f"removed {sum(not folder.exists() for folder in go)} cells from the archive")
    elif go:
        print("`autoloss archive --prune` removes those that are in no plan")


def _said(folders: Iterable[Path]) -> str:
    sizes = [sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) for folder in folders]
    return f"{len(sizes)} cells ({sum(sizes) / 1e6:,.1f} MB)"
