"""Trains, compares and reports ways to choose a loss function. `autoloss COMMAND --help` has examples."""

import importlib
import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from autoloss import disk, signals
from autoloss.errors import Interrupted, UserError

if TYPE_CHECKING:
    from autoloss.config import Config

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
ROOT = Path(".")


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            print(f"autoloss {version('autoloss-recsys')}")
        except PackageNotFoundError:
            print(f"autoloss, not installed, from {Path(__file__).parents[1]}")
        raise typer.Exit


@app.callback(help=__doc__)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


@app.command()
def run(stage: Annotated[str, typer.Argument(help="quality | timing")]) -> None:
    """Trains every missing cell of a stage through Snakemake, and records the runs in MLflow.

    Cells that fail are named, and the report says so. If cells are missing at the end, because their job was killed,
    the report is made of what is there, and this command fails.

    autoloss run quality
    """
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

    undone = background.recorded(stage, ROOT, say, lambda: pipeline.run_stage(stage, config, ROOT, console))
    for cell, why in undone.failed.items():
        log = f"the log: {ROOT / 'logs' / 'cells' / f'{cell}.log'}"
        console.print(f"failed: {cell}: {why} ({log})", style="red", highlight=False, markup=False)
    if undone.missing:
        lines = [f"{len(undone.missing)} cells of {stage} are missing; run again to go on"]
        lines += [f"missing: {cell}: {why}" for cell, why in undone.missing.items()]
        try:
            _report_what_is_there(config, console)
        except OSError as error:  # what ended the jobs, a full disk say, may be in the report's way, too
            lines.append(f"no report: {disk.in_one_line(error) or error}")
        except UserError as error:
            lines.append(f"no report: {error}")
        raise UserError("\n".join(lines))


def _report_what_is_there(config: "Config", console: Console) -> None:
    from autoloss.cells import hardware, plan
    from autoloss.reporting.render import render

    page = render(config, plan(config, ROOT, hardware.measuring(ROOT, config.device)), ROOT)[-1]
    console.print(f"a report of the finished cells: {page.resolve()}", highlight=False)


@app.command()
def hardware(out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("results/hardware.json")) -> None:
    """Records the hardware of the machine that timings are measured on, and its id, which labels every timing.

    autoloss hardware --out results/hardware.json
    """
    from autoloss.cells import hardware as machine
    from autoloss.config import load

    print(machine.write(out, load().device).id)


# name → module; each defines `app` (a group) or a function of the command's name
_GROUPS = {"data": "autoloss.cli.data"}
_COMMANDS = {
    "archive": "autoloss.cli.archive",
    "plan": "autoloss.cli.plan",
    "forecast": "autoloss.cli.forecast",
    "train": "autoloss.cli.train",
    "show": "autoloss.cli.show",
    "doctor": "autoloss.cli.doctor",
    "params": "autoloss.cli.params",
    "predict": "autoloss.cli.predict",
    "report": "autoloss.cli.report",
    "verify": "autoloss.cli.verify",
    "track": "autoloss.cli.track",
}


def assembled(wanted: str = "") -> typer.Typer:
    """The command line with the command `wanted`, or with all of them. A module is loaded when it is needed."""
    for name, module in _GROUPS.items():
        if wanted in (name, ""):
            app.add_typer(importlib.import_module(module).app, name=name)
    for name, module in _COMMANDS.items():
        if wanted in (name, ""):
            app.command(name)(getattr(importlib.import_module(module), name))
    return app


def _interrupt(number: int, frame: FrameType | None) -> None:
    if number == signals.HANG_UP:
        signal.signal(number, signal.SIG_IGN)  # it comes twice, from the shell and from the kernel
    raise Interrupted("interrupted")


def main() -> None:
    """Runs the command line: a user's error is one line and exit status 1, Ctrl-C is one line and 130."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a character shows its escape
            stream.reconfigure(errors="backslashreplace")
    named = sys.argv[1] if len(sys.argv) > 1 else ""
    commands = assembled("" if named.startswith("-") else named)
    signals.catch(_interrupt)
    try:
        commands()
    except Interrupted as stop:
        print(stop, file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if (line := disk.in_one_line(error)) is None:
            raise
        print(f"error: {line}", file=sys.stderr)
        sys.exit(1)
    except UserError as error:
        Console(stderr=True).print(f"error: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
