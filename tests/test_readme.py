"""The README's numbers are those of the files beside it."""

import csv
from pathlib import Path
from statistics import mean, stdev

import pytest

from autoloss.reporting import labels

ROOT = Path(__file__).parents[1]
HEADER_LINES = 2


def _table(marker: str) -> list[list[str]]:
    """The cells of the README's table after <!-- marker -->, without header and emphasis."""
    text = (ROOT / "README.md").read_text().split(f"<!-- {marker} -->\n")[1].split("\n\n")[0]
    lines = text.splitlines()[HEADER_LINES:]
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines]


def _records(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open() as file:
        return list(csv.DictReader(file))


def _number(average: float, spread: float) -> str:
    return f"{average:.4f} ± {spread:.4f}"


COLUMNS = [("corrupted", "logloss"), ("corrupted", "logloss_calibrated"), ("clean", "logloss")]


@pytest.mark.parametrize(("column", "name", "metric"), [(i, *each) for i, each in enumerate(COLUMNS, 1)])
def test_synthetic_numbers_are_those_of_the_benchmark(column, name, metric):
    records = [each for each in _records("reports/benchmarks/synthetic.csv") if each["set"] == name]
    *shown, best = _table("synthetic")
    values: dict[str, list[float]] = {}
    for record in records:
        warmup = f", warm-up {record['warmup']}" if record["warmup"] else ""
        values.setdefault(labels.METHODS[record["method"]] + warmup, []).append(float(record[metric]))
    assert {row[0]: row[column] for row in shown} == {m: _number(mean(v), stdev(v)) for m, v in values.items()}
    assert best[column] == f"{float(records[0]['bayes_logloss']):.4f}"


@pytest.mark.parametrize(("column", "model", "metric"), [(1, "deepfm", "auc"), (2, "deepfm", "logloss"),
                                                         (3, "ipnn", "auc"), (4, "ipnn", "logloss")])  # fmt: skip
def test_ratings_are_those_of_the_published_tables(column, model, metric):
    wanted = {
        labels.METHODS[r["method"]]: _number(float(r[f"{metric}_mean"]), float(r[f"{metric}_std"]))
        for r in _records("docs/results/searched.csv")
        if r["model"] == model
    }
    assert {row[0]: row[column] for row in _table("searched")} == wanted


def test_the_answer_is_that_of_the_default_run():
    text = (ROOT / "README.md").read_text()
    quoted = text.split("<!-- answer -->\n")[1].split("<!-- /answer -->")[0]
    assert quoted == (ROOT / "reports" / "tables" / "answer.md").read_text()
