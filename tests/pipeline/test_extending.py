"""docs/extending.md works as it stands: its files, its entries and its commands, in a copy of the project."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SOURCE = Path(__file__).parent.parent.parent
PAGE = (SOURCE / "docs" / "extending.md").read_text()
# section of the page → kind and name of its plug-in, and the cells that its commands are to train
EXAMPLES = {
    "A loss": ("losses", "poly", {"poly-deepfm-ml-latest-small", "autoloss_poly-deepfm-ml-latest-small"}),
    "A model": ("models", "wide_deep", {"ce-wide_deep-ml-latest-small", "autoloss-wide_deep-ml-latest-small"}),
    "A method": ("methods", "random_weights", {"random_weights-deepfm-ml-latest-small"}),
    "A dataset": ("datasets", "movielens_100k", {"ce-deepfm-ml-100k", "autoloss-deepfm-ml-100k"}),
}


def _block(title: str, language: str) -> str:
    """The one block of a language in a section of the page."""
    section = re.search(rf"^## {title}$(.*?)^## ", PAGE, re.DOTALL | re.MULTILINE)
    assert section, f"docs/extending.md has no section '{title}'"
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", section[1], re.DOTALL | re.MULTILINE)
    assert len(blocks) == 1, f"{title}: expected one {language} block, found {len(blocks)}"
    return blocks[0]


def _with_entries(entries: dict) -> dict:
    """The project's params.yaml with the page's entries added, its experiments alone, and sizes for a test."""
    params = yaml.safe_load((SOURCE / "params.yaml").read_text())
    params |= {"scale": "demo", "seeds": 1, "experiments": {}}
    params["training"] = {"paper": {"batch_size": 200, "epochs": 1, "evaluations_per_epoch": 1}}
    for section, added in entries.items():
        assert not params[section].keys() & added.keys(), f"params.yaml has some of {', '.join(added)} already"
        params[section] |= added
    for dataset in params["datasets"].values():
        dataset |= {"source": "synthetic", "rows": 1500}
    return params


def _run(project, script: str) -> None:
    """Runs commands of the page; `autoloss` is that of the copy."""
    command = f'autoloss() {{ "{sys.executable}" -m autoloss.cli.main "$@"; }}\n{script}'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=project.root, env=project.environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_example_of_the_page_trains(title, project):
    kind, name, cells = EXAMPLES[title]
    file, entries = Path("autoloss", kind, f"{name}.py"), yaml.safe_load(_block(title, "yaml"))
    assert f"`{file}`" in PAGE
    assert not (SOURCE / file).exists(), f"{file} is part of the project: the page needs another example"
    (project.root / file).write_text(_block(title, "python"))
    project.params(_with_entries(entries))
    if kind != "datasets":  # the page's reader has the data already
        project.autoloss("data", "prepare", "ml-latest-small")

    _run(project, _block(title, "sh"))

    trained = {folder.name.rpartition("-s0-")[0]: folder for folder in (project.root / "results" / "cells").iterdir()}
    assert trained.keys() == cells
    for folder in trained.values():
        assert math.isfinite(json.loads((folder / "metrics.json").read_text())["test"]["auc"])
        about = json.loads((folder / "cell.json").read_text())
        assert kind == "datasets" or f"autoloss.{kind}.{name}" in about["code"]


def test_the_page_mentions_no_plug_in_that_the_suite_does_not_train():
    assert set(re.findall(r"^`?.*`(autoloss/\w+/[a-z]\w*\.py)`:$", PAGE, re.MULTILINE)) == {
        f"autoloss/{kind}/{name}.py" for kind, name, _ in EXAMPLES.values()
    }
