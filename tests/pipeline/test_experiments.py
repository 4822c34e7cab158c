"""Experiments that a params.yaml does not have: the run goes through to the report all the same."""

import pytest

GRID = {"datasets": ["ratings"], "models": ["deepfm"], "methods": ["ce", "focal", "autoloss"]}
FOCAL = {**GRID, "methods": ["focal"]}
WITHOUT = {
    "no overall": {"mine": GRID},
    "one method, neither AutoLoss nor cross-entropy": {"overall": FOCAL},
    "a transfer alone": {"transfer": {**GRID, "kind": "transfer", "source_model": "deepfm", "methods": ["autoloss"]}},
    "no experiment": {},
}


@pytest.fixture
def clone(project, tiny, tmp_path):
    """A fresh clone without data and results, whose dvc.lock and tables are those of timings alone."""
    project.params({**tiny, "seeds": 1, "experiments": {"speed": {**FOCAL, "kind": "timing"}}})
    (project.root / ".gitignore").write_text(
        "/data/\n/results/\n/logs/\n__pycache__/\n.snakemake/\nmlflow.db*\nmlartifacts/\nclone/\n"
    )
    project.run("git", "init", "-q")
    project.dvc("init", "-q")
    project.dvc("repro", "-q")
    assert (project.root / "reports" / "tables" / "efficiency.csv").is_file()
    project.run("git", "add", "-A")
    project.run("git", "commit", "-q", "-m", "results")
    project.run("git", "clone", "-q", str(project.root), str(tmp_path / "clone"))
    project.root = tmp_path / "clone"
    assert not (project.root / "results").exists()
    return project


def test_a_fresh_clone_without_a_timing_experiment_runs_to_the_report(clone, tiny):
    clone.params({**tiny, "seeds": 1, "experiments": {"overall": FOCAL}})
    clone.dvc("repro")
    assert (clone.root / "reports" / "index.html").is_file() and (clone.root / "results" / "timing").is_dir()
    assert not (clone.root / "reports" / "tables" / "efficiency.csv").exists(), "of the run that was committed"
    assert clone.missing() == []


@pytest.mark.parametrize("experiments", WITHOUT.values(), ids=WITHOUT)
def test_the_report_is_made_of_the_experiments_that_there_are(experiments, trained, tiny):
    trained.params({**tiny, "experiments": experiments})
    trained.train()
    printed = trained.autoloss("report")
    assert "Traceback" not in printed and (trained.root / "reports" / "index.html").is_file()
