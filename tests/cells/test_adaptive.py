"""Rounds of training and judging, with made-up cells in place of Snakemake: what is trained, what the report says."""

import csv
from collections import Counter
from io import StringIO

import fake_cells
import fake_files
import pytest
from rich.console import Console

from autoloss import cells
from autoloss.cells import pipeline, snakemake
from autoloss.config import Adaptive
from autoloss.errors import Interrupted
from autoloss.reporting import tables
from autoloss.reporting.material import gather

SEEDS = Adaptive(until="decided", at_least=5, at_most=8)
METHODS = ["focal", "slf", "autoloss"]  # AutoLoss leads focal by ten standard deviations of the difference
CLEAR = {"datasets": ["criteo"], "models": ["deepfm"], "methods": ["focal", "autoloss"]}
OPEN = {"datasets": ["avazu"], "models": ["deepfm"], "methods": METHODS}


class Project:
    """A folder with data, whose cells are written instead of trained."""

    def __init__(self, root, monkeypatch):
        self.root, self.config = root, fake_cells.config(clear=CLEAR, open=OPEN, seeds=SEEDS)
        self.trained, self.stop_after = [], None
        for dataset in ("criteo", "avazu"):
            fake_files.write_data(root, "demo", dataset)
        monkeypatch.setattr(snakemake, "run", self._run)
        monkeypatch.setitem(fake_cells.LIFT, "slf", fake_cells.LIFT["autoloss"] - 5)

    def _run(self, stage, missing, root, held, console):
        for cell in missing:
            if self.stop_after == len(self.trained):
                raise Interrupted("interrupted")
            fake_files.write_cell(cell, cell.folder(root))
            self.trained.append(cell.id)

    def run(self):
        """A stage; returns what it printed."""
        printed = StringIO()
        undone = pipeline.run_stage("quality", self.config, self.root, Console(file=printed, width=200))
        assert not undone.failed and not undone.missing
        return printed.getvalue()

    @property
    def plan(self):
        return cells.plan(self.config, self.root)

    def seeds(self):
        """How many seeds of each method on each dataset are planned."""
        return Counter((cell.dataset, cell.method) for cell in self.plan.cells)


@pytest.fixture
def project(tmp_path, monkeypatch):
    return Project(tmp_path, monkeypatch)


def test_one_comparison_is_decided_at_the_first_look_and_another_gets_seeds_up_to_the_most(project):
    assert set(project.seeds().values()) == {5}
    printed = project.run()
    assert printed.count("comparisons are open: more seeds, 2 cells") == 3
    assert project.seeds() == {
        ("criteo", "focal"): 5, ("criteo", "autoloss"): 5,
        ("avazu", "focal"): 5, ("avazu", "slf"): 8, ("avazu", "autoloss"): 8,
    }  # fmt: skip
    ends = {a.question.experiment: {end.state for end in a.ends.values()} for a in project.plan.answers}
    assert ends["clear"] == {"better"} and "at most" in ends["open"]
    assert len(set(project.trained)) == len(project.trained) == 31


def test_a_job_that_a_node_was_given_is_there_when_seeds_have_been_added_since(project):
    known = {}
    while missing := [job for job in cells.jobs(project.plan, 3, project.root) if job.outputs]:
        for job in missing:
            assert {cell.id for cell in job.cells} <= known.setdefault(job.name, {cell.id for cell in job.cells})
        fake_files.write_cell(missing[-1].cells[-1], missing[-1].cells[-1].folder(project.root))
        assert {job.name for job in cells.jobs(project.plan, 3, project.root)} >= known.keys()
    assert len(project.plan.cells) == 31 and len(known) == 9 + 6


def test_a_second_run_trains_nothing(project):
    project.run()
    trained = list(project.trained)
    assert "31 of 31 cells are there, 0 to train" in project.run()
    assert project.trained == trained


@pytest.mark.parametrize("after", [3, 25, 28, 30])
def test_a_run_that_was_stopped_goes_on_to_the_same_cells(project, after, tmp_path_factory, monkeypatch):
    project.stop_after = after
    with pytest.raises(Interrupted):
        project.run()
    project.stop_after = None
    project.run()
    assert len(set(project.trained)) == len(project.trained), "a finished cell was trained again"
    other = Project(tmp_path_factory.mktemp("undisturbed"), monkeypatch)
    other.run()
    assert sorted(project.trained) == sorted(other.trained) and project.plan.answers == other.plan.answers


def test_a_cell_that_fails_holds_its_own_comparison_and_no_other(project):
    project.run()
    whole = project.plan.answers
    lost = next(cell for cell in project.plan.cells if (cell.dataset, cell.method, cell.seed) == ("avazu", "slf", 1))
    for file in lost.folder(project.root).iterdir():
        file.unlink()
    clear, waiting = project.plan.answers
    assert clear == whole[0]
    assert {end.state for end in waiting.ends.values()} == {"waiting"} and set(waiting.seeds.values()) == {5}


def test_a_part_of_the_configuration_has_the_seeds_of_the_whole(project):
    from autoloss.cells.select import Wanted, narrowed

    project.run()
    part = narrowed(project.config, Wanted(methods=["slf"]))
    assert len(cells.plan(part, project.root, whole=project.config).cells) == 8


def test_tables_say_how_many_seeds_and_why_and_which_design(project):
    project.run()
    made = {table.name: table for table in tables.build(gather(project.config, project.plan, project.root))}
    rows = list(csv.DictReader(StringIO(tables.to_csv(made["seeds"]))))
    assert {(row["dataset"], row["seeds"], row["state"]) for row in rows} >= {
        ("criteo", "5", "better"), ("avazu", "8", "at most"),
    }  # fmt: skip
    assert "open with the most seeds" in tables.to_markdown(made["seeds"])
    (clear,) = (row for row in csv.DictReader(StringIO(tables.to_csv(made["clear-tests"]))) if row["metric"] == "auc")
    assert clear["significant"] == "better" and clear["p_wilcoxon"] == ""
    for name in ("open", "open-tests", "clear"):
        assert any("judged at 5, 6, 7, 8 seeds" in note for note in made[name].notes)


def test_a_plain_number_of_seeds_has_no_such_table(project):
    fixed = project.config.with_bounds(most=False)
    plan = cells.plan(fixed, project.root)
    assert plan.answers == () and not fixed.adaptive
    made = tables.build(gather(fixed, plan, project.root))
    assert "seeds" not in {table.name for table in made}
    assert not any("group-sequential" in note for table in made for note in table.notes)
