"""`autoloss report`: tables, figures and the page."""

from pathlib import Path

ROOT = Path(".")


def report() -> None:
    """Renders reports/: tables (csv, markdown, LaTeX), figures (svg, png) and the page, index.html.

    Fails at its end if a cell has failed: the page is written all the same.

    autoloss report
    """
    from autoloss.cells import hardware, plan, state
    from autoloss.config import load
    from autoloss.errors import UserError
    from autoloss.reporting.render import render

    config = load()
    the_plan = plan(config, ROOT, hardware.measuring(ROOT, config.device))
    written = render(config, the_plan, ROOT)
    print(f"{len(written)} files; the page is {written[-1].resolve()}")
    undone = [cell for cell in the_plan.cells if state(cell, ROOT) != "done"]
    if undone:
        raise UserError(
            f"{len(undone)} of {len(the_plan.cells)} cells failed or are missing; the page shows which and why"
        )
