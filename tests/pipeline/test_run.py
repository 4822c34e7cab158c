"""Whole runs through Snakemake: failing cells, kill -9 and resume, the archive, a second run beside the first."""

import os
import re
import signal
import sys
import time


def _wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_run_trains_what_is_missing_and_a_second_one_nothing(project):
    project.prepare()
    printed = project.autoloss("run", "quality")
    assert "[6/6]" in printed and "none left" in printed
    assert project.missing() == []
    before = {f: f.stat().st_mtime_ns for f in (project.root / "results" / "cells").rglob("*") if f.is_file()}
    assert "0 to train" in project.autoloss("run", "quality")
    assert before == {f: f.stat().st_mtime_ns for f in before}


def test_a_job_on_a_node_is_found_and_goes_on_whatever_has_been_finished_since_it_was_submitted(project):
    project.prepare()
    listed = project.run(sys.executable, "-m", "snakemake", "-n", "quality", "--nolock")
    cells = [row["cell"] for row in project.plan()]  # two of ce, of focal and of autoloss, each in a job
    digests = [cell.rpartition("-")[2] for cell in cells[::2]]
    first, second, third = (re.findall(rf"deepfm-\S*-{digest}(?=:)", listed)[0] for digest in digests)

    def on_a_node(job):  # as an executor starts it: there Snakemake reads the workflow again
        project.run(
            sys.executable, "-m", "snakemake", "--target-jobs", f"{job}:", "--allowed-rules", job, "--force",
            "--mode", "remote", "--cores", "1", "--nolock",
        )  # fmt: skip
        return project.metrics().keys()

    assert on_a_node(first) == {*cells[:2]}
    project.autoloss("train", cells[2])  # the job of the cells 2 and 3 was preempted after it
    written = (project.root / "results" / "cells" / cells[2] / "metrics.json").stat().st_mtime_ns
    assert on_a_node(third) == {*cells[:3], *cells[4:]}
    assert on_a_node(second) == {*cells}
    assert on_a_node(second) == {*cells}, "queued again after its last cell"
    assert written == (project.root / "results" / "cells" / cells[2] / "metrics.json").stat().st_mtime_ns
    nothing = project.run(sys.executable, "-m", "snakemake", "-n", "quality", "--nolock")
    assert "rule deepfm" not in nothing


def test_a_failing_cell_stops_no_other_and_is_said(project, tiny):
    tiny["methods"]["diverging"] = {"use": "fixed", "losses": ["focal"]}
    tiny["training"]["wild"] = {**tiny["training"]["paper"], "learning_rate": 1e30}
    tiny["experiments"]["wild"] = {**tiny["experiments"]["overall"], "methods": ["diverging"], "training": "wild"}
    project.params(tiny)
    project.prepare()
    printed = project.autoloss("run", "quality")
    assert project.missing() == ["diverging 0", "diverging 1"]
    failed = [row for row in project.plan() if row["state"] == "failed"]
    assert len(failed) == 2
    assert "training loss is" in printed and "expected a finite number" in failed[0]["reason"]
    assert "failed" in project.autoloss("report", fails=True)
    table = (project.root / "reports" / "index.html").read_text()
    assert "expected a finite number" in table


def test_a_killed_run_resumes_and_ends_with_the_same_numbers(project, trained):
    project.prepare()
    process = project.start("run", "quality")
    cells = project.root / "results" / "cells"
    _wait_for(lambda: any(cells.glob("*/metrics.json")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = {f: f.read_text() for f in cells.glob("*/cell.json")}
    project.autoloss("run", "quality")
    assert done == {f: f.read_text() for f in done}, "a finished cell was trained again"
    assert project.missing() == []
    assert project.metrics() == trained.metrics()


def test_a_run_that_lost_its_parent_is_waited_for(project):
    project.prepare()
    process = project.start("run", "quality")
    _wait_for(lambda: any((project.root / "logs").glob("cells/*.log")))
    process.kill()  # the command alone: Snakemake lives on, and holds the lock
    process.wait()
    printed = project.autoloss("run", "quality")
    assert "waiting for it to end" in printed
    assert project.missing() == []
    logs = [f for f in (project.root / "logs" / "cells").iterdir() if "Error" in f.read_text()]
    assert logs == []


def test_cells_out_of_the_plan_leave_the_view_and_come_back_from_the_archive(trained, tiny):
    before = trained.metrics()
    tiny["methods"]["autoloss"]["every"] = 3
    trained.params(tiny)
    trained.autoloss("run", "quality")
    assert len(trained.metrics()) == 6
    assert len(list((trained.root / "results" / "archive").iterdir())) == 8
    tiny["methods"]["autoloss"]["every"] = 2
    trained.params(tiny)
    assert "0 to train" in trained.autoloss("run", "quality")
    assert trained.metrics() == before
