"""`autoloss doctor`: what may stand in the way of a run, and the cure."""

from pathlib import Path

import typer
from rich.console import Console

ROOT = Path(".")
COLOURS = {"ok": "green", "note": "yellow", "problem": "red"}


def doctor() -> None:
    """Checks environment, params.yaml, data, disk, locks, GPU, MLflow store, git and DVC; a line each, with the cure.

    Changes nothing. The exit status is 1 if there is a problem.

    autoloss doctor
    """
    from autoloss.cli.checks import CHECKS

    console = Console(soft_wrap=True, highlight=False, markup=False)
    found = [check(ROOT) for check in CHECKS]
    for each in found:
        console.print(f"{each.state:8}", style=COLOURS[each.state], end="")
        console.print(f"{each.what}: {each.text}" + (f". {each.cure}" if each.cure else ""))
    if any(each.state == "problem" for each in found):
        raise typer.Exit(1)
