"""Views for MLflow's UI: a table of all runs, and charts by method per dataset and model; linked from the experiment.

MLflow stores a shared view as a tag of the experiment: the UI's state as JSON. The format is that of 3.17.2; a version
that does not understand it says so and opens its default view.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from autoloss import metrics
from autoloss.tracking.summaries import CURRENT, Row

NOTE = "mlflow.note.content"
_ABOUT = "One run per cell (method × model × dataset × seed), and one per mean over seeds (`params.kind = 'summary'`)."
SHARED = "mlflow.sharedViewState."
TABLE, TRAINING = "runs", "training"
_BARS = (*(f"test_{name}" for name in metrics.headline()), "resources/seconds")
_LINES = (
    *(f"valid_{name}" for name in metrics.headline() if not metrics.get(name).calibrated),
    "train_loss",
    "selection/entropy",
)
_RESULTS = (*(f"metrics.`test_{name}`" for name in metrics.headline("binary")), "metrics.`resources/seconds`")
_CHART_COLUMNS = (*(f"params.`{name}`" for name in ("method", "seed", "training")), *_RESULTS)
_TABLE_COLUMNS = (  # few, so that they can be seen without scrolling
    *(f"params.`{name}`" for name in ("dataset", "model", "method", "seed")),
    *(f"metrics.`test_{name}`" for name in metrics.headline("binary") if not metrics.get(name).calibrated),
)
_PACE_COLUMNS = ("step", "last_step", "examples_per_second", "valid_newest", "valid_best", "seconds_left")
_LINE = {
    "lineSmoothness": 0,
    "xAxisScaleType": "linear",
    "scaleType": "linear",
    "range": {},
    "xAxisKey": "step",
    "yAxisKey": "metric",
    "useGlobalXaxisKey": True,
    "useGlobalLineSmoothing": True,
}


def tags(rows: Iterable[Row], experiment_id: str) -> dict[str, str]:
    """The experiment's tags: a view of all current training runs, one for each dataset and model, and links to them."""
    groups: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.tags.get(CURRENT) == "true" and row.params.get("kind") == "train":
            groups[row.params["dataset"]][row.params["model"]].append(row)
    found, lines = {SHARED + TABLE: json.dumps(_table())}, []
    for dataset, models in sorted(groups.items()):
        links = []
        for model, members in sorted(models.items()):
            key = re.sub(r"[^\w-]", "_", f"{dataset}-{model}")
            found[SHARED + key] = json.dumps(_charts(dataset, model, members))
            links.append(f"[{model}]({address(experiment_id, key, 'CHART')})")
        lines.append(f"{dataset}: {', '.join(links)}")
    # the links come first: the UI shows the first line, and the rest after a click on the arrow beside it
    table = f"[**Table of runs**]({address(experiment_id, TABLE, 'TABLE')})"
    training = f"[In training]({address(experiment_id, TRAINING, 'TABLE')})"
    return {**found, **of_training(), NOTE: f"{table}. {training}. Charts by method: {'; '.join(lines)}. {_ABOUT}"}


def of_training() -> dict[str, str]:
    """The experiment's tag with the view of the cells that are being trained."""
    state = _state((f"metrics.`{name}`" for name in _PACE_COLUMNS), "attributes.start_time")
    return {SHARED + TRAINING: json.dumps({**state, "searchFilter": "attributes.status = 'RUNNING'"})}


def address(experiment_id: str, key: str = TABLE, mode: str = "TABLE") -> str:
    """Where the UI shows a view, below the server's address."""
    state = f"workflowType=machine_learning&compareRunsMode={mode}&viewStateShareKey={key}"
    return f"#/experiments/{experiment_id}/runs?{state}"


def ours(note: str | None) -> bool:
    """Whether the experiment's text was written by this module, not by the user."""
    return not note or _ABOUT in note


def _state(columns: Iterable[str], order: str, **equals: str) -> dict[str, Any]:
    equals = {"tags.`cell.current`": "true", "params.kind": "train", **equals}
    return {
        "searchFilter": " and ".join(f"{key} = '{value}'" for key, value in equals.items()),
        "orderByKey": order,
        "orderByAsc": order.startswith("params"),
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "selectedColumns": list(columns),
        "runsHiddenMode": "SHOW_ALL",
    }


def _table() -> dict[str, Any]:
    return _state(_TABLE_COLUMNS, "params.`dataset`")


def _charts(dataset: str, model: str, rows: list[Row]) -> dict[str, Any]:
    """Training settings and transferred controllers are told apart where there are several."""
    several = [k for k in ("training", "controller") if len({row.params.get(k) for row in rows}) > 1]
    return {
        **_state(_CHART_COLUMNS, "attributes.start_time", **{"params.dataset": dataset, "params.model": model}),
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [{"mode": "param", "groupByData": key} for key in ("method", *several)],
        },
        "useGroupedValuesInCharts": True,
        "isAccordionReordered": True,
        "compareRunSections": [{"uuid": "results", "name": "results", "display": True, "isReordered": True}],
        "compareRunCharts": [_chart(key, "BAR") for key in _BARS] + [_chart(key, "LINE", **_LINE) for key in _LINES],
    }


def _chart(key: str, kind: str, **settings: Any) -> dict[str, Any]:
    names = {"uuid": key, "type": kind, "metricKey": key, "selectedMetricKeys": [key], "displayName": key}
    return {**names, "metricSectionId": "results", "runsCountToCompare": 20, "deleted": False, **settings}
