"""`autoloss show`: one finished cell, on one screen."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from autoloss.cells.finished import FinishedCell
    from autoloss.training.history import Evaluation, Selection
    from autoloss.training.outcome import TrainingOutcome

ROOT = Path(".")
LONGEST = 25  # evaluations of the curve that are shown
WIDTH = 40  # characters of the curve
SPLITS = ("valid", "test")


def show(cell: Annotated[str, typer.Argument(help="A finished cell: its id, or the beginning of it.")]) -> None:
    """Shows a cell: metrics, learning curve, controller, settings, files, and the command that made it.

    autoloss show autoloss-deepfm-orders-s0
    """
    from autoloss.cells.find import find
    from autoloss.training.outcome import SearchOutcome, TrainingOutcome

    found = find(cell, ROOT)
    console = Console(width=120, highlight=False, markup=False)
    console.print(found.about.id, style="bold")
    console.print(str(found.folder))
    if isinstance(found.outcome, TrainingOutcome):
        console.print(_metrics(found.outcome))
        console.print(_curve(found.history, found.outcome.best_step, found.about.spec.data.task))
    elif isinstance(found.outcome, SearchOutcome):
        weights = zip(found.about.spec.losses, found.outcome.weights, strict=True)
        console.print("weights: " + ", ".join(f"{name} {weight:.3f}" for name, weight in weights))
    else:
        console.print(f"best: {found.outcome.settings}")
    if found.selection:
        console.print(_controller(found.selection))
    table = _table("settings", "")
    for key, value in _settings(found):
        table.add_row(key, value)
    console.print(table)
    made = found.about.provenance
    console.print(f"made by: {made.command}   on {made.device} with {made.threads} threads, {made.finished_at}")
    console.print(f"check that the numbers come out again: autoloss train --rerun {found.about.id}")


def _table(*titles: str) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _metrics(outcome: "TrainingOutcome") -> Table:
    """The metrics on validation and test, and what training took."""
    from autoloss import metrics
    from autoloss.cells.pace import duration

    took = f"{duration(outcome.cost.seconds)}, {outcome.cost.peak_memory_mb:,.0f} MB"
    table = _table("metric", *SPLITS, f"trained {outcome.epochs:.2f} epochs ({outcome.stopped}) in {took}")
    for name, value in outcome.test.items():
        metric = metrics.get(name)
        valid = f"{outcome.valid[name]:.{metric.decimals}f}" if name in outcome.valid else "–"
        table.add_row(metric.title, valid, f"{value:.{metric.decimals}f}")
    return table


def _curve(history: list["Evaluation"], best: int, task: str) -> Table:
    """The deciding metric on validation over training, drawn from its worst to its best value."""
    from autoloss import metrics

    metric = metrics.deciding(task)
    values = {each.step: each.valid.get(metric.name, float("nan")) for each in history}
    there = [value for value in values.values() if value == value]
    low, high = (min(there), max(there)) if there else (0.0, 0.0)
    table = _table("step", "epoch", "training loss", f"validation {metric.phrase}", "")
    for each in _thinned(history, best):
        value = values[each.step]
        share = (value - low) / (high - low) if high > low else 1.0
        bar = "█" * (1 + round(share * (WIDTH - 1))) if value == value else ""
        mark = " best" if each.step == best else ""
        shown = f"{value:.{metric.decimals}f}"
        table.add_row(f"{each.step:,}", f"{each.epoch:.2f}", f"{each.train_loss:.4f}", shown, bar + mark)
    return table


def _thinned(history: list["Evaluation"], best: int) -> list["Evaluation"]:
    """At most about `LONGEST` evaluations, evenly spread; the best and the last are among them."""
    stride = -(-len(history) // LONGEST)
    return [each for n, each in enumerate(history) if n % stride == 0 or each.step == best or n == len(history) - 1]


def _controller(selection: "Selection") -> Table:
    """What the controller selects at the end: for each label, the probabilities at some predictions."""
    table = _table("controller: label", "prediction", *selection.losses)
    last = selection.maps[-1].selection
    chosen = sorted({0, len(selection.probabilities) // 2, len(selection.probabilities) - 1})
    for label, rows in zip(selection.labels, last, strict=True):
        for at in chosen:
            table.add_row(f"{label:g}", f"{selection.probabilities[at]:.2f}", *(f"{p:.3f}" for p in rows[at]))
    return table


def _settings(found: "FinishedCell") -> Iterator[tuple[str, str]]:
    """What decided the result, one line each."""
    about, spec = found.about, found.about.spec
    yield "scale, kind, seed", f"{about.scale}, {about.kind}, {about.seed}"
    rows = ", ".join(f"{n:,} {split}" for split, n in spec.data.rows_per_split.items())
    yield "dataset", f"{about.dataset}: {spec.data.task}, {len(spec.data.field_names)} fields, {rows} rows"
    yield "model", f"{about.model}: {_said(spec.model.use, spec.model.params)}"
    yield "method", f"{about.method}: {_said(spec.method.use, spec.method.params)}"
    yield "losses", "; ".join(f"{name}: {_said(loss.use, loss.params)}" for name, loss in spec.losses.items())
    yield "training", f"{about.training}: {_said('', vars(spec.training))}"
    yield from about.upstream.items()
    sizes = sorted((file.name, file.stat().st_size) for file in found.folder.iterdir())
    yield "files", ", ".join(f"{name} ({size / 1000:,.1f} kB)" for name, size in sizes)


def _said(use: str, params: dict[str, object]) -> str:
    return " ".join([use, ", ".join(f"{key} {value}" for key, value in params.items())]).strip()
