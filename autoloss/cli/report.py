"""`autoloss report`: tables, figures and the page. `autoloss verify`: a verdict on every claim of the paper."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(".")


def report() -> None:
    """Renders reports/: tables (csv, markdown, LaTeX), figures (svg, png) and the page, index.html.

    Fails at its end if a cell has failed: the page is written all the same.
    """
    from autoloss.cells import hardware, plan, state
    from autoloss.config import load
    from autoloss.errors import UserError
    from autoloss.reporting.render import render

    config = load()
    the_plan = plan(config, ROOT, hardware.describe().id)
    written = render(config, the_plan, ROOT)
    print(f"{len(written)} files; the page is {written[-1].resolve()}")
    undone = [cell for cell in the_plan.cells if state(cell, ROOT) != "done"]
    if undone:
        raise UserError(
            f"{len(undone)} of {len(the_plan.cells)} cells failed or are missing; the page shows which and why"
        )


def verify(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of text.")] = False) -> None:
    """Judges each of the paper's claims by our results: a verdict and its explanation."""
    from rich.console import Console

    from autoloss.cells import hardware, plan
    from autoloss.config import load
    from autoloss.reporting.claims import OUTCOMES
    from autoloss.reporting.material import gather

    config = load()
    verdicts = gather(config, plan(config, ROOT, hardware.describe().id), ROOT).verdicts
    if as_json:
        print(json.dumps([asdict(v) for v in verdicts], indent=1))
        return
    console = Console(soft_wrap=True, highlight=False, markup=False)
    colours = dict(zip(OUTCOMES, ("green", "yellow", "red", "dim"), strict=True))
    for outcome in OUTCOMES:
        for verdict in (v for v in verdicts if v.verdict == outcome):
            console.print(f"{outcome}: {verdict.id}", style=colours[outcome])
            console.print(f"  {verdict.text}\n  {verdict.explanation}")
    count = {outcome: sum(v.verdict == outcome for v in verdicts) for outcome in OUTCOMES}
    console.print(f"{len(verdicts)} claims at scale {config.scale}: " + ", ".join(f"{n} {o}" for o, n in count.items()))
