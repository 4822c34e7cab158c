"""Where the answer is known: every method on synthetic data, beside the Bayes optimum.

Each learned method first has the step of its own optimiser chosen among the same values, by validation logloss, on
generated rows that are used for nothing else (reports/benchmarks/synthetic_steps.csv). With that one step it is trained
on fresh rows beside the others, and both AutoLosses with each warm-up of WARMUPS. All are judged on the test rows
(reports/benchmarks/synthetic.csv; its alarms are those at the end of the training). Printed: each method's mean
difference in logloss to cross-entropy and to uniform weights with the standard error over paired seeds, as trained and
after Platt scaling.
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
from autoloss.training.history import HISTORY, read_history

PARAMS = Path(__file__).with_suffix(".yaml")
ROOT = Path("results/benchmarks/synthetic")
REPORTS = Path("reports/benchmarks")
WARMUPS = 0, 20, 50, 200  # steps with equal weights before the controller acts; an epoch has 192
METRICS = "auc", "logloss"
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
    settings, warmups = _with_warmups(settings, [name for name in (*best, "autoloss_tabular") if "autoloss" in name])
    learned = [name for name in best if "autoloss" not in name]
    methods = (*(name for name in final.methods if "autoloss" not in name), *learned, *warmups)
    rows = [_test(cell) for cell in _trained(settings, {"synthetic": final.model_copy(update={"methods": methods})})]
    _write("synthetic.csv", rows)
    _print_summary(rows)


def _with_warmups(settings: config.Config, names: list[str]) -> tuple[config.Config, list[str]]:
    """The settings with a variant of each named method for each warm-up, and the names of the variants."""
    variants = {}
    for method in (settings.methods[name] for name in names):
        for steps in WARMUPS:
            name = f"{_plain(method.name)}-w{steps}"
            params = {**method.params, "warmup": steps}
            variants[name] = method.model_copy(update={"name": name, "params": params})
    return settings.model_copy(update={"methods": {**settings.methods, **variants}}), list(variants)


def _plain(method: str) -> str:
    """The method's name without its step or warm-up."""
    return method.partition("-")[0]


def _trained(settings: config.Config, experiments: dict[str, config.Experiment]) -> list[cells.Cell]:
    """The finished cells of the experiments."""
    plan = cells.plan(settings.model_copy(update={"experiments": experiments}), ROOT)
    jobs = [job for job in cells.jobs(plan, settings.cells_per_job, ROOT) if job.outputs]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for errors in pool.map(_train, [job.cells for job in jobs]):
            print(*errors, sep="\n", end="\n" if errors else "")
    return [cell for cell in plan.cells if cells.state(cell, ROOT) == "done"]


def _train(wanted: tuple[cells.Cell, ...]) -> list[str]:
    return run(list(wanted), ROOT, "cpu", 1)


def _metrics(cell: cells.Cell, split: str, names: tuple[str, ...] = METRICS) -> dict[str, float]:
    found = json.loads((cell.folder(ROOT) / "metrics.json").read_text())[split]
    return {name: round(found[name], 6) for name in names}


def _validation(cell: cells.Cell) -> Row:
    method, _, step = cell.method.partition("-")
    return {"method": method, "step": step, "seed": cell.seed, **_metrics(cell, "valid")}


def _test(cell: cells.Cell) -> Row:
    bayes = facts.read(ROOT / "data" / "encoded" / cell.scale / cell.dataset).bayes
    assert bayes is not None, f"{cell.dataset} is not synthetic: its optimum is unknown"
    _, _, warmup = cell.method.partition("-w")
    return {
        "set": cell.dataset,
        "method": _plain(cell.method),
        "warmup": warmup,
        "seed": cell.seed,
        **_metrics(cell, "test", (*METRICS, "logloss_calibrated")),
        **{f"bayes_{name}": round(bayes[name], 6) for name in ("auc", "logloss")},
        "alarms": "; ".join(_alarms(cell)),
    }


def _alarms(cell: cells.Cell) -> list[str]:
    """What the method's diagnostics said at the last evaluation; all weight on cross-entropy is an answer, no alarm."""
    last = read_history(cell.folder(ROOT) / HISTORY)[-1].learning
    alarms = last.get("alarms", [])
    assert isinstance(alarms, list)
    return [alarm for alarm in alarms if alarm != "collapse on cross_entropy"]


def _best(tried: list[Row]) -> list[str]:
    """Of each method the variant with the lowest mean logloss."""
    logloss: dict[tuple[str, str], list[float]] = {}
    for row in tried:
        logloss.setdefault((row["method"], row["step"]), []).append(row["logloss"])
    methods = dict.fromkeys(method for method, _ in logloss)
    return ["-".join(min((v for v in logloss if v[0] == m), key=lambda v: mean(logloss[v]))) for m in methods]


def _write(name: str, rows: list[Row]) -> None:
    REPORTS.mkdir(parents=True, exist_ok=True)
    with (REPORTS / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"written: {REPORTS / name}")


def _print_summary(rows: list[Row]) -> None:
    values: dict[tuple[str, str, str], dict[int, Row]] = {}
    for row in rows:
        values.setdefault((row["set"], row["method"], row["warmup"]), {})[row["seed"]] = row
    print(
        "Test logloss x 1e-4, differences, mean +- standard error over paired seeds: as trained | after Platt scaling"
    )
    print(f"{'set':10}{'method':18}{'warm-up':>8}{'logloss':>9}{'- CE':>14}{'- uniform':>14} |{'- CE':>14}  alarms")
    for (name, method, warmup), runs in values.items():
        ce, uniform = (values.get((name, rival, ""), {}) for rival in ("ce", "uniform"))
        raw, level = (_difference(runs, rival, "logloss") for rival in (ce, uniform))
        platt = _difference(runs, ce, "logloss_calibrated")
        alarmed = sum(bool(run["alarms"]) for run in runs.values())
        average = mean(run["logloss"] for run in runs.values())
        print(f"{name:10}{method:18}{warmup:>8}{average:9.4f}{raw:>14}{level:>14} |{platt:>14}  {alarmed or ''}")


def _difference(runs: dict[int, Row], rivals: dict[int, Row], metric: str) -> str:
    pairs = [1e4 * (runs[seed][metric] - rivals[seed][metric]) for seed in runs if seed in rivals]
    return f"{mean(pairs):+.0f} +- {stdev(pairs) / len(pairs) ** 0.5:.0f}" if len(pairs) > 1 else ""


if __name__ == "__main__":
    main()
