"""What DVC shows of a report: a table of metrics that can be read, and plots with a line per method."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / ".dvc" / "plots"


def _dvc(project, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=project.root, env=project.environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _reported(project):
    _dvc(project, "init", "--no-scm", "-q")
    shutil.copytree(TEMPLATES, project.root / ".dvc" / "plots")
    project.autoloss("report")
    return project


def test_metrics_are_a_line_per_method_and_a_column_per_metric(trained):
    shown = json.loads(_dvc(_reported(trained), "metrics", "show", "--json"))[""]["data"]
    lines = {name: about["data"] for name, about in shown.items()}
    assert set(lines) == {
        "reports/metrics/cells.json", *(f"reports/metrics/ratings-deepfm-{m}.json" for m in ("ce", "focal", "autoloss"))
    }  # fmt: skip
    assert set(lines["reports/metrics/ratings-deepfm-ce.json"]) == {"auc", "logloss", "logloss_calibrated"}
    assert lines["reports/metrics/cells.json"]["training runs done"] == 6


def test_plots_show_curves_by_method_and_each_seed(trained):
    found = json.loads(_dvc(_reported(trained), "plots", "show", "--json"))["data"]
    assert len(found) == 3 and not any(name.startswith("reports/") for name in found)  # no plot but those described
    curves, seeds, _ = (plots[0]["content"] for plots in found.values())
    assert curves["spec"]["encoding"]["color"]["field"] == "method"
    points = curves["data"]["values"]
    assert {point["method"] for point in points} == {"ce", "focal", "autoloss"}
    assert all(float(point["value"]) > 0 for point in points)
    assert len(seeds["data"]["values"]) == 6
