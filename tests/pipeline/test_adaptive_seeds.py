"""Seeds that are added until a comparison is decided: a whole run, killed and started again, and its report.

Opt-in: `make test-crashes`. What needs no training is in tests/cells/test_adaptive.py.
"""

import csv
import os
import signal
import time
from collections import Counter

import pytest

pytestmark = pytest.mark.crashes
LOOKS = (4, 9, 15, 20)


@pytest.fixture
def adaptive(project, tiny):
    """Cross-entropy beside the same thing under another name, and on other data beside focal loss."""
    tiny |= {"seeds": {"until": "decided", "at_least": LOOKS[0], "at_most": LOOKS[-1]}, "cells_per_job": 16}
    tiny["methods"]["twin"] = {"use": "fixed", "losses": ["cross_entropy"]}
    tiny["experiments"] = {
        "ablation-same": {"datasets": ["clicks"], "models": ["deepfm"], "methods": ["ce", "twin"]},
        "ablation-open": {"datasets": ["ratings"], "models": ["deepfm"], "methods": ["ce", "focal"]},
    }
    project.params(tiny)
    project.prepare()
    return project


def _seeds(project) -> Counter[str]:
    """How many seeds of each method on each dataset are planned."""
    return Counter(f"{row['method']} {row['dataset']}" for row in project.plan())


def test_only_open_comparisons_get_more_seeds_and_a_killed_run_ends_with_the_same_ones(adaptive):
    assert set(_seeds(adaptive).values()) == {LOOKS[0]}
    assert "at least 16 cells, at most 80" in adaptive.autoloss("plan")
    cells = adaptive.root / "results" / "cells"
    process = adaptive.start("run", "quality")
    end = time.monotonic() + 120
    while not list(cells.glob("*-s4-*/metrics.json")):  # a seed of the second look
        assert process.poll() is None and time.monotonic() < end, "no seed was added"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = {file: file.read_text() for file in cells.glob("*/cell.json")}

    assert "cells are there" in adaptive.autoloss("run", "quality")
    assert before == {file: file.read_text() for file in before}, "a finished cell was trained again"
    seeds = _seeds(adaptive)
    assert adaptive.missing() == []
    assert seeds["ce clicks"] == seeds["twin clicks"] == LOOKS[0]
    assert seeds["ce ratings"] == seeds["focal ratings"] and seeds["ce ratings"] in LOOKS[1:]
    assert len(list((adaptive.root / "results" / "archive").iterdir())) == seeds.total(), "too many were trained"

    report = adaptive.root / "reports" / "tables"
    adaptive.autoloss("report")
    with (report / "seeds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["dataset"], row["seeds"]) for row in rows} == {
        ("clicks", str(LOOKS[0])), ("ratings", str(seeds["ce ratings"])),
    }  # fmt: skip
    same = [row for row in rows if row["dataset"] == "clicks"]
    assert {row["state"] for row in same} == {"out of reach"}
    assert "waiting" not in {row["state"] for row in rows}
    assert "group-sequential design" in (report / "ablations.md").read_text()
