"""`snakemake --report`: the figures and tables of the last report, with their captions; nothing is made for it."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest


def _snakemake(project, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=project.root, env=project.environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _shown(path):
    """{folder: {title: (caption, content)}} of the report's own list of results."""
    text = path.read_text()
    start = text.index('var results = {"') + len("var results = ")
    results = json.JSONDecoder().raw_decode(text, start)[0]
    found = {}
    for path, entry in results.items():
        caption = re.sub(r"<[^>]+>", "", entry["caption"]).strip()
        content = base64.b64decode(entry["data_uri"].partition("base64,")[2])
        found.setdefault(Path(path).parent.name, {})[entry["labels"]["title"]] = (caption, content)
    return found


def test_it_shows_each_figure_and_table_with_its_own_caption_and_trains_nothing(trained):
    trained.autoloss("report")
    before = trained.metrics()
    _snakemake(trained, "--report", "report.html")
    shown = _shown(trained.root / "report.html")
    assert set(shown) == {"figures", "tables"}
    reports = trained.root / "reports"
    assert len(shown["figures"]) == len(list((reports / "figures").glob("*.svg")))
    captions = json.loads((reports / "figures" / "captions.json").read_text())
    curves = captions["learning-curves-overall-ratings-deepfm"]
    assert shown["figures"][curves["title"]][0] == curves["caption"]
    caption, content = shown["tables"]["Overall performance"]
    assert caption.startswith("Test metrics") and content == (reports / "tables" / "overall.html").read_bytes()
    assert trained.metrics() == before and trained.missing() == []
    assert "Nothing to be done" in _snakemake(trained, "-n")


def test_without_a_report_what_would_run_is_shown_all_the_same(trained):
    assert "MissingInput" not in _snakemake(trained, "-n")


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n{}\n=======\n", "[]", '{"overall": []}', '{"overall": {}}'])
def test_captions_that_a_merge_has_spoilt_stand_in_the_way_of_nothing(trained, text):
    spoilt = trained.root / "reports" / "tables" / "captions.json"
    spoilt.parent.mkdir()
    spoilt.write_text(text)
    _snakemake(trained, "-n")


def test_it_works_while_cells_have_failed(trained):
    trained.edit("params.yaml", "seeds: 2", "seeds: 3")
    cell = next(row["cell"] for row in trained.plan() if row["state"] != "done")
    failed = trained.root / "results" / "failed"
    failed.mkdir(parents=True, exist_ok=True)
    (failed / f"{cell}.json").write_text(json.dumps({"id": cell, "error": "a loss that is not finite"}))
    trained.autoloss("report", fails=True)
    _snakemake(trained, "--report", "report.html")
    assert b"a loss that is not finite" in _shown(trained.root / "report.html")["tables"]["Failed and missing cells"][1]
