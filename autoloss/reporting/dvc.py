"""What DVC shows: `dvc metrics show` and `diff` read the files of metrics/, `dvc plots show` those of plots/."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autoloss import metrics as registered
from autoloss.reporting.groups import group
from autoloss.reporting.labels import headline_metrics
from autoloss.reporting.material import HEADLINE, Material
from autoloss.training.history import Evaluation


def metrics(material: Material) -> dict[str, str]:
    """{file name: json}: mean over seeds of each method of the headline experiment, and the counts of cells.

    DVC shows a line per file and a column per metric, so there is a file for each dataset, model and method.
    """
    every = {r.cell_id: r.state for r in (*material.results, *material.upstream)}
    count = {f"training runs {state}": list(every.values()).count(state) for state in ("done", "failed", "missing")}
    found: dict[str, Mapping[str, float]] = {"cells.json": count}
    for (dataset, model, method), members in group(material.of(HEADLINE), "dataset", "model", "method").items():
        means = {m: members.summary(m).mean for m in headline_metrics(material.config.datasets[dataset].task)}
        kept = {name: round(mean, 6) for name, mean in means.items() if math.isfinite(mean)}
        if kept:
            found[f"{dataset}-{model}-{method}.json"] = kept
    return {name: json.dumps(content, indent=1) + "\n" for name, content in found.items()}


def plots(material: Material) -> dict[str, str]:
    """{file name: csv}: learning curves (mean over seeds) and overall results of the headline experiment."""
    curves, overall = [], []
    for (dataset, model, method), members in group(material.of(HEADLINE), "dataset", "model", "method").items():
        names = headline_metrics(material.config.datasets[dataset].task)
        about = {"dataset": dataset, "model": model, "method": method}
        for name in names[:1]:
            histories = [r.history for r in members.done]
            curves += [about | line for line in _mean_curve(histories, name)]
        overall += [about | {"seed": r.seed, **{n: (r.test or {}).get(n) for n in names}} for r in members.done]
    return {
        "learning_curves.csv": _csv(curves, ("dataset", "model", "method", "train_examples", "metric", "value")),
        "overall.csv": _csv(
            overall,
            ("dataset", "model", "method", "seed", *registered.headline()),
        ),
    }


def _mean_curve(histories: Sequence[list[Evaluation]], metric: str) -> Iterable[dict[str, Any]]:
    """The mean over seeds of the evaluations that all of them reached."""
    for seeds in zip(*histories, strict=False):
        values = [each.valid.get(metric, math.nan) for each in seeds]
        if all(map(math.isfinite, values)):
            yield {"train_examples": seeds[0].train_examples, "metric": metric, "value": sum(values) / len(values)}


def _csv(lines: Sequence[dict[str, Any]], fields: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in line.items()} for line in lines)
    return out.getvalue()
