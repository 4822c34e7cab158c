"""Results on real ratings that are stored with the project (docs/results), quoted on the page at every scale."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autoloss import metrics
from autoloss.reporting import labels
from autoloss.reporting.goals import REFERENCE
from autoloss.reporting.labels import OURS
from autoloss.reporting.page.blocks import Block, Files, Section, Shown, Words
from autoloss.reporting.tables import Table
from autoloss.reporting.tables._columns import Column, table
from autoloss.reporting.tables._numbers import fixed, listed, signed, spread
from autoloss.reporting.tables._table import Value

FOLDER = Path("docs/results")
RECORDS = "searched.csv"
SHOWN = ("auc", "logloss_calibrated")


@dataclass(frozen=True)
class Stored:
    """A method in the stored results: {model: its line of the csv}."""

    method: str
    lines: dict[str, dict[str, str]]


def stored(root: Path) -> Section | None:
    """What the stored run says, and where all of it is; None without it."""
    path = root / FOLDER / RECORDS
    if not path.is_file():
        return None
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    blocks: list[Block] = [
        Words(_said(lines)),
        Shown(_table(lines), files=False),
        Files(
            "Everything from that run:",
            [("all tables and verdicts", f"../{FOLDER}/README.md"), ("these numbers (csv)", f"../{FOLDER}/{RECORDS}")],
        ),
    ]
    return Section("ratings", "On real ratings", blocks)


def _said(lines: Sequence[dict[str, str]]) -> str:
    tests = [line for line in lines if line["method"] == OURS and line["best_baseline"]]
    found = [
        f"{labels.title(line['model'])} {signed(float(line['difference']))} (95 % interval "
        f"{signed(float(line['difference_low']))} to {signed(float(line['difference_high']))}; best other: "
        f"{labels.title(line['best_baseline'])})"
        for line in tests
    ]
    stars = sum(line["significant"] == "better" for line in tests)
    verdict = "significantly better in none" if not stars else f"significantly better in {stars} of {len(tests)}"
    return (
        f"A stored run at scale {lines[0]['scale']}, on the 100,836 ratings of ml-latest-small; every method was "
        f"tuned on validation data with the same number of trials. AutoLoss's AUC minus that of the best other method: "
        f"{listed(found)}; {verdict}."
    )


def _table(lines: Sequence[dict[str, str]]) -> Table:
    """AutoLoss and cross-entropy first, then by AUC."""
    by_method: dict[str, dict[str, dict[str, str]]] = {}
    for line in lines:
        by_method.setdefault(line["method"], {})[line["model"]] = line
    first = (OURS, REFERENCE)
    model = lines[0]["model"]
    ordered = sorted(
        (Stored(*item) for item in by_method.items()),
        key=lambda s: (first.index(s.method) if s.method in first else 2, -float(s.lines[model]["auc_mean"])),
    )
    seeds = sorted({int(line["seeds"]) for line in lines})
    count = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return table(
        "stored-ratings",
        "ml-latest-small, tuned alike",
        f"Test metrics on real ratings, mean ± standard deviation over {count} seeds.",
        (
            Column("", "Method", lambda s: s.method, labels.title, head=True, numeric=False),
            *(_column(name, metric) for name in dict.fromkeys(line["model"] for line in lines) for metric in SHOWN),
        ),
        ordered,
        sortable=False,
    )


def _column(model: str, metric: str) -> Column[Stored]:
    def entry(stored: Stored) -> Value:
        line = stored.lines[model]
        return Value(fixed(float(line[f"{metric}_mean"])), spread(float(line[f"{metric}_std"])))

    return Column("", f"{labels.title(model)}, {metrics.get(metric).phrase}", entry=entry)
