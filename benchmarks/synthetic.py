"""Where the answer is known: every method on synthetic data, beside the Bayes optimum.

Each learned method first has the step of its own optimiser chosen among the same values, by validation logloss, on
generated rows that are used for nothing else (reports/benchmarks/synthetic_steps.csv). With that one step it is trained
on fresh rows beside the others, and judged on their test rows (reports/benchmarks/synthetic.csv: set, method, seed,
auc, logloss, bayes_auc, bayes_logloss). Printed: each method's distance to the Bayes optimum, and its mean difference
to AutoLoss in raw logloss with the standard error over paired seeds.
"""

import csv
import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from autoloss import cells, config, data
from autoloss.cells.run import run
from autoloss.data import facts

PARAMS = Path(__file__).with_suffix(".yaml")
ROOT = Path("results/benchmarks/synthetic")
REPORTS = Path("reports/benchmarks")
Row = dict[str, Any]


def main() -> None:
    """Trains what is missing, side by side on all cores, and writes both tables."""
    settings = config.load(PARAMS)
    for name in settings.used_datasets():
        data.prepare(settings, name, ROOT / "data")
    steps, final = settings.experiments["steps"], settings.experiments["synthetic"]
    tried = [_validation(cell) for cell in _trained(settings, {"steps": steps})]
    _write("synthetic_steps.csv", tried)
    best = _best(tried)
    print("best step by validation:", ", ".join(best))
    final = final.model_copy(update={"methods": (*final.methods, *best)})
    rows = [_test(cell) for cell in _trained(settings, {"synthetic": final})]
    _write("synthetic.csv", rows)
    _print_summary(rows)


def _trained(settings: config.Config, experiments: dict[str, config.Experiment]) -> list[cells.Cell]:
    """The finished cells of the experiments."""
    plan = cells.plan(settings.model_copy(update={"experiments": experiments}), ROOT)
    jobs = cells.jobs(plan, settings.cells_per_job, ROOT)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for errors in pool.map(_train, [job.cells for job in jobs]):
            print(*errors, sep="\n", end="\n" if errors else "")
    return [cell for cell in plan.cells if cells.state(cell, ROOT) == "done"]


def _train(wanted: tuple[cells.Cell, ...]) -> list[str]:
    return run(list(wanted), ROOT, "cpu", 1)


def _metrics(cell: cells.Cell, split: str) -> dict[str, float]:
    found = json.loads((cell.folder(ROOT) / "metrics.json").read_text())[split]
    return {name: round(found[name], 6) for name in ("auc", "logloss")}


def _validation(cell: cells.Cell) -> Row:
    method, _, step = cell.method.partition("_")
    return {"method": method, "step": step, "seed": cell.seed, **_metrics(cell, "valid")}


def _test(cell: cells.Cell) -> Row:
    bayes = facts.read(ROOT / "data" / "encoded" / cell.scale / cell.dataset).bayes
    assert bayes is not None, f"{cell.dataset} is not synthetic: its optimum is unknown"
    return {
        "set": cell.dataset,
        "method": cell.method.partition("_")[0],
        "seed": cell.seed,
        **_metrics(cell, "test"),
        **{f"bayes_{name}": round(bayes[name], 6) for name in ("auc", "logloss")},
    }


def _best(tried: list[Row]) -> list[str]:
    """Of each method the variant with the lowest mean logloss."""
    logloss: dict[tuple[str, str], list[float]] = {}
    for row in tried:
        logloss.setdefault((row["method"], row["step"]), []).append(row["logloss"])
    methods = dict.fromkeys(method for method, _ in logloss)
    return ["_".join(min((v for v in logloss if v[0] == m), key=lambda v: mean(logloss[v]))) for m in methods]


def _write(name: str, rows: list[Row]) -> None:
    REPORTS.mkdir(parents=True, exist_ok=True)
    with (REPORTS / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"written: {REPORTS / name}")


def _print_summary(rows: list[Row]) -> None:
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


if __name__ == "__main__":
    main()
