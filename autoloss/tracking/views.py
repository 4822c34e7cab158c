"""Chart views for MLflow's UI: one per dataset and model, grouped by method, linked from the experiment.

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
_BARS = (*(f"test_{name}" for name in metrics.headline()), "resources/seconds")
_LINES = (
    *(f"valid_{name}" for name in metrics.headline() if not metrics.get(name).calibrated),
    "train_loss",
    "selection/entropy",
)
_COLUMNS = (
    *(f"params.`{name}`" for name in ("method", "seed", "training")),
    *(f"metrics.`test_{name}`" for name in metrics.headline("binary")),
    "metrics.`resources/seconds`",
)
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
    """The experiment's tags: a view for each dataset and model of the current training runs, and a text with links."""
    groups: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.tags.get(CURRENT) == "true" and row.params.get("kind") == "train":
            groups[row.params["dataset"]][row.params["model"]].append(row)
    found, lines = {}, []
    for dataset, models in sorted(groups.items()):
        links = []
        for model, members in sorted(models.items()):
            key = re.sub(r"[^\w-]", "_", f"{dataset}-{model}")
            found[SHARED + key] = json.dumps(_view(dataset, model, members))
            state = f"workflowType=machine_learning&compareRunsMode=CHART&viewStateShareKey={key}"
            links.append(f"[{model}](#/experiments/{experiment_id}/runs?{state})")
        lines.append(f"{dataset}: {', '.join(links)}")
    return {**found, NOTE: f"{_ABOUT} Charts by method: {'; '.join(lines)}."}


def ours(note: str | None) -> bool:
    """Whether the experiment's text was written by this module, not by the user."""
    return not note or note.startswith(_ABOUT)


def _view(dataset: str, model: str, rows: list[Row]) -> dict[str, Any]:
    """The UI's state; training settings and transferred controllers are told apart where there are several."""
    several = [k for k in ("training", "controller") if len({row.params.get(k) for row in rows}) > 1]
    equals = {"tags.`cell.current`": "true", "params.kind": "train", "params.dataset": dataset, "params.model": model}
    return {
        "searchFilter": " and ".join(f"{key} = '{value}'" for key, value in equals.items()),
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [{"mode": "param", "groupByData": key} for key in ("method", *several)],
        },
        "useGroupedValuesInCharts": True,
        "runsHiddenMode": "SHOW_ALL",
        "selectedColumns": list(_COLUMNS),
        "isAccordionReordered": True,
        "compareRunSections": [{"uuid": "results", "name": "results", "display": True, "isReordered": True}],
        "compareRunCharts": [_chart(key, "BAR") for key in _BARS] + [_chart(key, "LINE", **_LINE) for key in _LINES],
    }


def _chart(key: str, kind: str, **settings: Any) -> dict[str, Any]:
    names = {"uuid": key, "type": kind, "metricKey": key, "selectedMetricKeys": [key], "displayName": key}
    return {**names, "metricSectionId": "results", "runsCountToCompare": 20, "deleted": False, **settings}
