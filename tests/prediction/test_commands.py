"""What the commands say about cells: plan and show, and the help of each."""

import json

import pytest
from command_line import APP, run
from typer.main import get_command

from autoloss.cells.select import Wanted, narrowed
from autoloss.errors import UserError
from autoloss.files import lock


def test_a_plan_ends_with_a_summary_by_experiment(project):
    lines = run("plan").splitlines()
    assert lines[-2] == "overall  4 done, 0 running, 0 failed, 2 missing"
    assert lines[-1] == "6 cells: 4 done, 0 running, 0 failed, 2 missing"


def test_a_plan_shows_what_is_asked_for(project):
    shop = json.loads(run("plan", "--dataset", "shop", "--json"))
    assert [(row["dataset"], row["seed"], row["state"]) for row in shop] == [("shop", s, "done") for s in (0, 1)]
    left = json.loads(run("plan", "--missing", "--json"))
    assert {(row["dataset"], row["seed"]) for row in left} == {("ratings", 1), ("clicks", 1)}


def test_a_cell_whose_lock_is_held_is_running(project):
    (row,) = json.loads(run("plan", "--missing", "--dataset", "clicks", "--json"))
    with lock(project.root / "results" / "scratch" / f"{row['cell']}.lock"):
        (now,) = json.loads(run("plan", "--missing", "--dataset", "clicks", "--json"))
    assert (row["state"], now["state"]) == ("missing", "running")


@pytest.mark.parametrize("kind", ["experiments", "datasets", "models", "methods"])
def test_a_name_that_is_not_in_params_yaml_is_refused(kind, project):
    with pytest.raises(UserError, match=f"params.yaml: {kind}: unknown {kind[:-1]} 'nope'"):
        narrowed(project.config, Wanted(**{kind: ["nope"]}))


def test_a_cell_is_shown_with_metrics_curve_settings_files_and_command(project):
    said = run("show", "ce-deepfm-shop-s0")
    for text in ("AUC", "best", "960 train", "model.safetensors", "made by: autoloss train"):
        assert text in said
    assert said.count("█") > 10


def _commands(group, *path: str):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command.help or ""


def test_every_command_has_an_example_in_its_help():
    lacking = [words for words, text in _commands(get_command(APP), "autoloss") if f"\n{words}" not in text]
    assert not lacking


def test_the_version_is_printed():
    assert run("--version").startswith("autoloss")
