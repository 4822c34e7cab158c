"""The documents point to what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# plug-ins that docs/extending.md writes, and what a run or an installation makes
NOT_YET = re.compile(
    r"losses/poly|models/wide_deep|methods/random_weights|datasets/movielens_100k|reports/index\.html|reports/tables"
)
TRACKED = ("autoloss", "benchmarks", "docs", "reports", "tests", "workflow")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document):
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_that_are_named_exist(document):
    """Paths in backticks: placeholders (<name>) match anything."""
    named = [name for name in re.findall(r"`([\w./<>*-]+)`", document.read_text()) if name.split("/")[0] in TRACKED]
    wanted = [re.sub(r"<\w+>", "*", name) for name in named if "/" in name and not NOT_YET.search(name)]
    assert [name for name in wanted if not any(ROOT.glob(name.rstrip("/")))] == []
