"""One summary run per dataset, model and method: mean and standard deviation over the seeds of the current cells."""

import json
from collections import defaultdict
from collections.abc import Iterable
from math import isfinite, nan
from statistics import fmean, stdev
from time import time
from typing import NamedTuple

from mlflow.entities import Run

from autoloss.tracking.runs import Point
from autoloss.tracking.store import Store

KEY = "summary.key"
CURRENT = "cell.current"
_GROUPED_BY = ("kind", "scale", "dataset", "model", "method", "training", "controller")
_SUMMARISED = ("test_", "best_valid_", "resources/")
_KINDS = ("train", "timing")  # searches and tunings are means to an end


class Row(NamedTuple):
    """What summaries and models need of a cell's run."""

    run_id: str
    start: int  # ms since 1970
    params: dict[str, str]
    tags: dict[str, str]
    metrics: dict[str, float]


def write(store: Store, rows: Iterable[Row], existing: list[Run]) -> int:
    """Brings the summary runs up to date, in place.

    Args:
        rows: all cells; those whose tag `cell.current` is not "true" do not count.
        existing: the summary runs in the store.

    Returns: how many were created or changed.
    """
    runs: dict[str, Run] = {}
    for run in existing:
        if runs.setdefault(run.data.tags[KEY], run) is not run:
            store.delete(run.info.run_id)
    groups = _groups(rows)
    changed = sum(_write_one(store, key, groups[key], runs.get(key)) for key in groups)
    for key in runs.keys() - groups.keys():
        if runs[key].data.tags.get(CURRENT) != "false":
            store.tag(runs[key].info.run_id, {CURRENT: "false"})
            changed += 1
    return changed


def _groups(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Groups of current cells that differ only in their seed; of two with the same seed, the newer counts."""
    groups: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in sorted(rows, key=lambda r: r.tags.get("finished_at", "")):
        if row.tags.get(CURRENT) == "true" and row.params.get("kind") in _KINDS:
            named = {k: row.params[k] for k in _GROUPED_BY if k in row.params}
            if named["kind"] == "timing":  # times of two machines have no common mean
                named["hardware"] = row.tags.get("hardware", "")
            groups[json.dumps(named)][row.params["seed"]] = row
    return {key: list(seeds.values()) for key, seeds in groups.items()}


def aggregates(rows: list[Row]) -> dict[str, float]:
    """Mean and sample standard deviation of each metric that every row has, and the number of rows."""
    values = {"summary/seeds": float(len(rows))}
    shared = set.intersection(*(set(r.metrics) for r in rows))
    for key in sorted(k for k in shared if k.startswith(_SUMMARISED)):
        name, column = key.removeprefix("resources/"), [r.metrics[key] for r in rows]
        values[f"summary/{name}_mean"] = fmean(column)
        if len(column) > 1:
            values[f"summary/{name}_std"] = stdev(column) if all(map(isfinite, column)) else nan  # stdev raises
    return values


def _write_one(store: Store, key: str, rows: list[Row], run: Run | None) -> bool:
    """Creates or updates one summary run; False if it was up to date."""
    named, values, now = json.loads(key), aggregates(rows), int(1000 * time())
    tags = {CURRENT: "true", "kind": "summary", "cell.runs": str(len(rows))}
    if run and tags.items() <= run.data.tags.items() and _same(run.data.metrics, values):
        return False
    start = min(row.start for row in rows)  # below its cells in the UI, which sorts by time
    run_id = run.info.run_id if run else store.create(_name(named), {KEY: key}, start)
    points = [Point(k, v, now, 0) for k, v in values.items()]
    store.log(run_id, {**named, "kind": "summary", "summary_of": named["kind"]}, points)
    store.tag(run_id, tags)
    store.finish(run_id, start)
    return True


def _name(named: dict[str, str]) -> str:
    source = f" · from {named['controller']}" if "controller" in named else ""
    timing = " · timing" if named["kind"] == "timing" else ""
    return f"{named['method']} · {named['model']} · {named['dataset']} · mean over seeds{source}{timing}"


def _same(old: dict[str, float], new: dict[str, float]) -> bool:
    """Whether the store already has these values; NaN equals NaN."""
    return all(k in old and (old[k] == v or (old[k] != old[k] and v != v)) for k, v in new.items())
