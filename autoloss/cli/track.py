"""`autoloss track`: cells → MLflow."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autoloss.errors import UserError

ROOT = Path(".")
LEFT_OUT = 3  # exit status where the store is up to date but for cells that could not be read: `make ui` goes on


def track(
    uri: Annotated[
        str | None,
        typer.Option(
            help="MLflow tracking URI; else $MLFLOW_TRACKING_URI, else sqlite:///mlflow.db.", show_default=False
        ),
    ] = None,
) -> None:
    """Brings MLflow up to date with the finished cells; running it twice changes nothing.

    The exit status is 3 if all went well but for cells that cannot be read.

    autoloss track --uri http://127.0.0.1:5000
    """
    from autoloss.tracking import summed_up, sync

    console = Console(soft_wrap=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading cells", total=None)
        synced = sync(
            ROOT / "results",
            _current(ROOT, console),
            uri,
            ROOT,
            lambda text, done, total: bar.update(task, description=text, completed=done, total=total or None),
        )
    console.print(
        f"MLflow {synced.uri}: {synced.imported} cells imported, {synced.unchanged} were there, "
        f"{synced.superseded} superseded, {synced.returned} current again, {synced.summaries} summaries changed"
    )
    server = synced.uri if synced.uri.startswith("http") else "http://127.0.0.1:5000"
    console.print(f"Table of runs: {server}/{synced.table}" + ("" if server == synced.uri else "  (with `make ui`)"))
    for name in synced.models:
        console.print(f"MLflow model {name}")
    if synced.unreadable:
        text = f"error: {summed_up(synced.unreadable, shown=3)}"
        Console(stderr=True).print(text, style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(LEFT_OUT)


def _current(root: Path, console: Console) -> set[str] | None:
    from autoloss.tracking.current import current_ids

    try:
        return current_ids(root)
    except UserError as error:
        console.print(f"importing without a plan, the tags cell.current stay as they are ({error})")
        return None
