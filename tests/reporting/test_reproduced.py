"""Reproduced here? Results beside those of another machine."""

import os
import subprocess
from dataclasses import replace

import fake_cells
import fake_files
import pytest

from autoloss.errors import UserError
from autoloss.reporting import reproduced, tables
from autoloss.reporting.material import gather
from autoloss.reporting.render import render
from autoloss.reporting.reproduced import other as others
from autoloss.reporting.reproduced.tables import CLOSE, DIFFERENT, EQUAL, compare_tables


@pytest.fixture
def config():
    methods = ["ce", "autoloss"]
    return fake_cells.config(overall={"datasets": ["criteo"], "models": ["deepfm"], "methods": methods})


@pytest.fixture
def project(config, tmp_path):
    fake_files.project(tmp_path, config)
    return tmp_path


@pytest.fixture
def ours(config, project):
    """This machine's record and csv texts."""
    material = gather(config, fake_cells.plan(config), project)
    return reproduced.of_results(material.finished), tables.csv_texts(tables.build(material))


def _other(record, texts=None):
    return others.Other("elsewhere", record, texts or {})


def _moved(record, auc):
    first, *rest = record.cells
    return replace(record, cells=[replace(first, test={**first.test, "auc": first.test["auc"] + auc}), *rest])


def test_the_same_results_are_bit_equal_cell_by_cell_and_table_by_table(ours):
    record, texts = ours
    again = others.from_text(reproduced.to_text(record), "cells.json")
    found = reproduced.compare(record, texts, _other(again, texts))
    assert {pair.verdict for pair in found.pairs} == set(found.tables.values()) == {"bit-equal"}
    assert len(found.pairs) == 6 and len(found.tables) == len(texts)
    assert "6 bit-equal" in found.line() and "the same hardware, versions and threads" in found.line()


@pytest.mark.parametrize(
    ("auc", "verdict"), [(1e-12, "equal within the spread over seeds"), (0.2, "different")], ids=["close", "far"]
)
def test_a_difference_counts_if_it_is_larger_than_that_of_two_seeds(ours, auc, verdict):
    record, texts = ours
    found = reproduced.compare(_moved(record, auc), texts, _other(record))
    assert [pair.verdict for pair in found.pairs].count(verdict) == 1
    assert [pair.verdict for pair in found.pairs].count("bit-equal") == 5
    assert all(("auc" in pair.detail) == (pair.verdict == "different") for pair in found.pairs)


def test_what_differs_between_the_machines_and_the_code_is_said(ours):
    record, texts = ours
    elsewhere = replace(
        record,
        origins=[{**origin, "torch": "2.12.0", "threads": "4"} for origin in record.origins],
        cells=[replace(cell, digest="f" * 12) for cell in record.cells],
    )
    line = reproduced.compare(record, texts, _other(elsewhere)).line()
    assert "torch 2.13.0 here, 2.12.0 there" in line and "threads 1 here, 4 there" in line
    assert "Code, parameters or data of 6 have changed" in line


CSV = "dataset,method,seeds,auc_mean,auc_std,p_value,seconds_mean\n{}\n"


@pytest.mark.parametrize(
    ("there", "verdict"),
    [
        ("a,ce,3,0.75,0.001,0.04,20", EQUAL),  # seconds belong to the machine
        ("a,ce,3,0.7501,0.001,0.06,10", CLOSE),
        ("a,ce,3,0.76,0.001,0.04,10", DIFFERENT),
        ("a,focal,3,0.75,0.001,0.04,10", DIFFERENT),
        ("", DIFFERENT),
        ("a,ce,3,,,0.04,10", DIFFERENT),
    ],
)
def test_tables_are_compared_by_their_means(there, verdict):
    here = CSV.format("a,ce,3,0.75,0.001,0.04,10")
    assert compare_tables(here, CSV.format(there), 0.95) == verdict


def test_the_page_says_whether_the_committed_results_come_out_here(config, project):
    plan = fake_cells.plan(config)
    render(config, plan, project)
    assert "Test metrics beside those of" not in (project / "reports" / "index.html").read_text()
    who = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for command in (["init", "-q"], ["add", "reports/tables"], ["commit", "-q", "-m", "results"]):
        subprocess.run(["git", *command], cwd=project, check=True, env=os.environ | who)
    render(config, plan, project)
    page = (project / "reports" / "index.html").read_text()
    assert "6 training runs: 6 bit-equal." in page
    assert reproduced.find("HEAD", project).record == reproduced.find(str(project), project).record


@pytest.mark.parametrize("where", ["HEAD", "no-such-branch", "-x", "reports"])
def test_what_has_no_results_is_one_line(project, where, monkeypatch):
    monkeypatch.chdir(project)
    with pytest.raises(UserError, match=r"neither a folder nor a commit|has neither results/cells nor"):
        reproduced.find(where, project)
