"""`autoloss predict`: new rows through the model of a cell."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

ROOT = Path(".")
SHOWN = 5  # fields with rare or unseen values


def predict(
    cell: Annotated[str, typer.Argument(help="A finished cell: its id, or the beginning of it.")],
    source: Annotated[Path, typer.Argument(help="Rows like those it was trained on, with or without labels.")],
    out: Annotated[Path, typer.Option(help="A new file: csv, or parquet if its name ends so.")],
) -> None:
    """Predicts the rows of a csv or parquet file with a trained model; prints the metrics if there are labels.

    autoloss predict ce-deepfm-orders-s0 new.csv --out predictions.csv
    """
    from autoloss import metrics
    from autoloss.cells.find import find
    from autoloss.prediction.predict import predict as run

    found = find(cell, ROOT)
    started = perf_counter()
    done = run(found, ROOT / "data" / "encoded" / found.about.scale / found.about.dataset, source, out)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    predicted = f"{done.rows - done.unpredicted:,} rows predicted in {perf_counter() - started:.1f} s"
    console.print(f"{out}: {predicted}, by {found.about.id}")
    if done.unpredicted:
        console.print(f"without a prediction: {done.unpredicted:,} rows; the first: {done.problem}", style="yellow")
    if done.rare:
        most = sorted(done.rare.items(), key=lambda item: -item[1])[:SHOWN]
        console.print("rare or unseen values: " + ", ".join(f"{name} {share:.1%}" for name, share in most))
    if done.metrics:
        shown = (f"{metrics.get(name).title} {value:.4f}" for name, value in done.metrics.items())
        console.print(f"{done.labelled:,} labels: " + ", ".join(shown))
