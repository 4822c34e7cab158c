"""Trains, compares and reports ways to choose a loss function; README.md has examples."""

import importlib
import json
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autoloss.errors import UserError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
ROOT = Path(".")


@app.command()
def plan(as_json: Annotated[bool, typer.Option("--json", help="One JSON list instead of a table.")] = False) -> None:
    """Shows every cell, its state, and why it would run."""
    from autoloss import cells
    from autoloss.cells import explain, hardware
    from autoloss.config import load

    the_plan = cells.plan(load(), ROOT, hardware.describe().id)
    reasons = explain.reasons(the_plan.cells, ROOT)
    keys = ("kind", "dataset", "model", "method", "training", "seed")
    rows = [
        {
            "cell": cell.id,
            **{k: getattr(cell, k) for k in keys},
            "state": cells.state(cell, ROOT),
            "reason": reasons[cell.id],
        }
        for cell in the_plan.cells
    ]
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['state']:8}{row['cell']}" + (f"  ({row['reason']})" if row["reason"] else ""))
    count = {state: sum(row["state"] == state for row in rows) for state in ("done", "failed", "missing")}
    print(f"{len(rows)} cells: " + ", ".join(f"{n} {state}" for state, n in count.items()))


@app.command()
def train(
    cells: Annotated[list[str], typer.Argument(help="Ids of cells, as `autoloss plan` shows them.")],
    rerun: Annotated[
        bool,
        typer.Option("--rerun", "--again", help="Also train finished cells, beside their results, and compare."),
    ] = False,
) -> None:
    """Trains cells, one after another, in this process."""
    from autoloss.cells import gpu, hardware, run, state
    from autoloss.cells import plan as make_plan
    from autoloss.cells.rerun import rerun as train_anew
    from autoloss.config import load

    config = load()
    planned = {cell.id: cell for cell in make_plan(config, ROOT, hardware.describe().id).cells}
    for name in cells:
        if name not in planned:
            raise UserError(f"{name}: not in the plan of params.yaml and this code (any more); see `autoloss plan`")
    done = [planned[name] for name in cells if rerun and state(planned[name], ROOT) == "done"]
    with gpu.slot(config.device, config.gpu_slots):
        errors = run.run([planned[name] for name in cells], ROOT, config.device, config.threads)
        for cell in done:
            try:
                print(train_anew(cell, ROOT, config.device, config.threads), flush=True)
            except UserError as error:
                errors.append(str(error))
    if errors:
        raise UserError("\n".join(errors))


@app.command()
def run(stage: Annotated[str, typer.Argument(help="quality | timing")]) -> None:
    """Trains every missing cell of a stage through Snakemake, and records the runs in MLflow."""
    from autoloss.cells import pipeline
    from autoloss.config import load
    from autoloss.errors import unknown
    from autoloss.tracking import background

    if stage not in pipeline.STAGES:
        raise unknown("stage", stage, pipeline.STAGES, "autoloss run")
    console, config = Console(soft_wrap=True), load()

    def say(line: str) -> None:
        style = "yellow" if line.startswith(background.FAILED) else None
        console.print(line, style=style, highlight=False, markup=False)

    failed = background.recorded(stage, ROOT, say, lambda: pipeline.run_stage(stage, config, ROOT, console))
    for cell, why in failed.items():
        console.print(f"failed: {cell}: {why}", style="red", highlight=False, markup=False)


@app.command()
def hardware(out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("results/hardware.json")) -> None:
    """Records this machine's hardware and its id, which labels every timing."""
    from autoloss.cells import hardware as machine

    print(machine.write(out).id)


# name → module; each defines `app` (a group) or a function of the command's name
_GROUPS = {"data": "autoloss.cli.data"}
_COMMANDS = {
    "archive": "autoloss.cli.archive",
    "params": "autoloss.cli.params",
    "predict": "autoloss.cli.predict",
    "report": "autoloss.cli.report",
    "verify": "autoloss.cli.verify",
    "track": "autoloss.cli.track",
}


def main() -> None:
    """Runs the command line: a user's error is one line and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a character shows its escape
            stream.reconfigure(errors="backslashreplace")
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    for name, module in _GROUPS.items():
        if wanted in (name, "", "--help"):
            app.add_typer(importlib.import_module(module).app, name=name)
    for name, module in _COMMANDS.items():
        if wanted in (name, "", "--help"):
            app.command(name)(getattr(importlib.import_module(module), name))
    try:
        app()
    except UserError as error:
        Console(stderr=True).print(f"error: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
