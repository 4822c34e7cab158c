"""`autoloss doctor`: what may stand in the way of a run, and the cure."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from autoloss.errors import UserError

if TYPE_CHECKING:
    from autoloss.cli.checks import Finding

ROOT = Path(".")
COLOURS = {"ok": "green", "note": "yellow", "problem": "red"}


def doctor() -> None:
    """Checks environment, params.yaml, data, disk, locks, GPU, MLflow store, git and DVC; a line each, with the cure.

    Changes nothing. The exit status is 1 if there is a problem.

    autoloss doctor
    """
    from autoloss.cli.checks import CHECKS

    console = Console(soft_wrap=True, highlight=False, markup=False)
    found = [_finding(check) for check in CHECKS]
    for each in found:
        console.print(f"{each.state:8}", style=COLOURS[each.state], end="")
        console.print(f"{each.what}: {each.text}" + (f". {each.cure}" if each.cure else ""))
    if any(each.state == "problem" for each in found):
        raise typer.Exit(1)


def _finding(check: "Callable[[Path], Finding]") -> "Finding":
    """What a check finds; if it fails, that it does: it hides no other."""
    from autoloss.cli.checks import Finding

    try:
        return check(ROOT)
    except UserError as error:
        text = str(error)
    except Exception as error:
        text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return Finding(check.__name__, "problem", text)
