"""Where the answer is known: every method on planted data, beside the Bayes optimum.

Writes reports/benchmarks/planted.csv (set, method, seed, auc, logloss, bayes_auc, bayes_logloss) and prints, for the
corrupted set, each method's mean difference to AutoLoss in raw logloss with its standard error over paired seeds.
"""

import csv
import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, stdev

from autoloss import cells, config, data
from autoloss.cells.run import run

PARAMS = Path(__file__).with_suffix(".yaml")
ROOT = Path("results/benchmarks/planted")
TABLE = Path("reports/benchmarks/planted.csv")
FIELDS = ("set", "method", "seed", "auc", "logloss", "bayes_auc", "bayes_logloss")


def main() -> None:
    """Trains what is missing, side by side on all cores, and writes the table."""
    settings = config.load(PARAMS)
    for name in settings.used_datasets():
        data.prepare(settings, name, ROOT / "data")
    plan = cells.plan(settings, ROOT)
    jobs = cells.jobs(plan, settings.cells_per_job, ROOT)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for errors in pool.map(_train, [job.cells for job in jobs]):
            print(*errors, sep="\n", end="\n" if errors else "")
    rows = [_row(cell) for cell in plan.cells if cells.state(cell, ROOT) == "done"]
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with TABLE.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    _print_summary(rows)


def _train(wanted: tuple[cells.Cell, ...]) -> list[str]:
    return run(list(wanted), ROOT, "cpu", 1)


def _row(cell: cells.Cell) -> dict[str, object]:
    test = json.loads((cell.folder(ROOT) / "metrics.json").read_text())["test"]
    bayes = data.read_meta(ROOT / "data" / "encoded" / cell.scale / cell.dataset).bayes
    return {
        "set": cell.dataset,
        "method": cell.method,
        "seed": cell.seed,
        **{name: round(test[name], 6) for name in ("auc", "logloss")},
        **{f"bayes_{name}": round(bayes[name], 6) for name in ("auc", "logloss")},
    }


def _print_summary(rows: list[dict[str, object]]) -> None:
    by_method: dict[tuple[str, str], dict[int, float]] = {}
    for row in rows:
        by_method.setdefault((row["set"], row["method"]), {})[row["seed"]] = row["logloss"]
    bayes = {row["set"]: row["bayes_logloss"] for row in rows}
    print(f"{'set':12}{'method':12}{'logloss':>9}{'above Bayes':>13}{'minus AutoLoss':>16}{'s.e.':>8}")
    for (name, method), values in by_method.items():
        ours = by_method.get((name, "autoloss"), {})
        pairs = [values[seed] - ours[seed] for seed in values if seed in ours]
        error = f"{stdev(pairs) / len(pairs) ** 0.5:8.4f}" if len(pairs) > 1 else ""
        average = mean(values.values())
        gap = f"{mean(pairs):+16.4f}" if pairs else ""
        print(f"{name:12}{method:12}{average:9.4f}{average - bayes[name]:13.4f}{gap}{error}")
    print(f"written: {TABLE}")


if __name__ == "__main__":
    main()
