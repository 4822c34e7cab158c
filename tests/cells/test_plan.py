"""From params.yaml to cells: which there are, what each waits for, and what Snakemake is told."""

import json
from pathlib import Path

import pytest
import yaml
from fake_facts import fake_facts

from autoloss import cells, config, files, seals
from autoloss.cells import archive
from autoloss.cells.record import RECORD
from autoloss.errors import UserError

MIX = ["focal", "cross_entropy"]
PARAMS = {
    "scale": "demo",
    "seeds": 2,
    "cells_per_job": 2,
    "datasets": {name: {"use": "criteo", "task": "binary", "source": "synthetic", "rows": 1000} for name in ("a", "b")},
    "losses": {"cross_entropy": {}, "focal": {}},
    "models": {"deepfm": {}, "nfm": {}},
    "methods": {
        "ce": {"use": "fixed", "losses": ["cross_entropy"]},
        "autoloss": {"losses": MIX, "tune": {"learning_rate": [0.01, 0.1], "warmup": [0, 200]}},
        "bohb": {"losses": MIX},
        "average": {"use": "manual", "losses": MIX, "controller_from": "autoloss"},
    },
    "training": {"paper": {"keep_model": "first seed"}},
}
TUNING = {"trials": 3, "learning_rate": [0.1, 0.2], "weight_decay": [1e-6, 1e-3]}
TUNED = {"training": {"paper": {"tuning": TUNING}}}


@pytest.fixture
def make(tmp_path, merged):
    """Plans an experiment over PARAMS with changes; both datasets are there."""
    for name in ("a", "b"):
        folder = tmp_path / "data" / "encoded" / "demo" / name
        folder.mkdir(parents=True)
        fake_facts(name, sha256=f"content of {name}").write(folder)

    def make(hardware=None, **experiment):
        changes = experiment.pop("changes", {})
        wanted = {"datasets": ["a"], "models": ["deepfm"], "methods": ["ce"], **experiment}
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump(merged({**PARAMS, "experiments": {"e": wanted}}, changes)))
        return cells.plan(config.load(path), tmp_path, hardware)

    make.root = tmp_path
    return make


def _finish(cell, root: Path) -> None:
    cell.folder(root).mkdir(parents=True)
    files.write_json(cell.folder(root) / RECORD, {"id": cell.id})
    (cell.folder(root) / "metrics.json").write_text("{}")
    seals.seal(cell.folder(root), RECORD)


def test_a_grid_is_every_dataset_model_method_and_seed(make):
    plan = make(datasets=["a", "b"], models=["deepfm", "nfm"], methods=["ce", "autoloss"])
    assert len(plan.cells) == len(set(plan.cells)) == 2 * 2 * 2 * 2
    assert {(c.dataset, c.model, c.method, c.seed) for c in plan.cells} == {
        (d, m, r, s) for d in "ab" for m in ("deepfm", "nfm") for r in ("ce", "autoloss") for s in (0, 1)
    }


def test_a_cell_of_two_experiments_is_trained_once(make):
    more = {"experiments": {"again": {"datasets": ["a"], "models": ["deepfm"], "methods": ["ce", "autoloss"]}}}
    plan = make(changes=more)
    assert len(plan.cells) == 4
    assert set(plan.experiments["e"]) < set(plan.experiments["again"])


def test_a_transfer_takes_the_controller_of_the_same_seed(make):
    plan = make(kind="transfer", source_model="deepfm", models=["nfm"], methods=["ce", "autoloss"])
    by_method = {}
    for cell in plan.experiments["e"]:
        by_method.setdefault(cell.method, []).append(cell)
    assert [c.upstream for c in by_method["ce"]] == [{}, {}]
    sources = [c.upstream["controller"] for c in by_method["autoloss"]]
    assert [(s.model, s.dataset, s.seed) for s in sources] == [("deepfm", "a", 0), ("deepfm", "a", 1)]
    assert set(sources) < set(plan.cells), "the sources are trained too"


def test_a_transfer_and_a_training_of_the_same_names_are_two_cells(make):
    transfer = make(kind="transfer", source_dataset="b", methods=["autoloss"])
    plain = make(methods=["autoloss"])
    assert not set(transfer.experiments["e"]) & set(plain.cells)
    assert "-from-deepfm-b-" in transfer.experiments["e"][0].id


def test_a_search_is_done_once_for_all_seeds(make):
    plan = make(methods=["bohb"])
    assert [c.kind for c in plan.cells].count("search") == 1
    assert {c.upstream["search"].id for c in plan.experiments["e"]} == {plan.cells[0].id}


def test_tuning_comes_before_every_method_alike(make):
    plan = make(methods=["ce", "bohb", "autoloss"], changes=TUNED)
    tuned = {c.method: c.upstream["tune"] for c in plan.experiments["e"]}
    assert {t.spec.tuning.trials for t in tuned.values()} == {3}
    assert {t.spec.tuning.training["learning_rate"] for t in tuned.values()} == {(0.1, 0.2)}
    assert set(tuned["autoloss"].spec.tuning.method) == {"learning_rate", "warmup"}
    assert not tuned["ce"].spec.tuning.method
    assert tuned["bohb"].upstream["search"].method == "bohb"
    assert all(c.spec.tuning is None for c in plan.experiments["e"])


def test_a_method_can_take_what_another_has_learned(make):
    plan = make(methods=["average"])
    assert [(c.upstream["controller"].method, c.upstream["controller"].seed) for c in plan.experiments["e"]] == [
        ("autoloss", 0), ("autoloss", 1),
    ]  # fmt: skip


def test_only_timings_depend_on_the_machine(make):
    one, other = (make(hardware=hw, kind="timing").cells for hw in ("hw-1", "hw-2"))
    assert not set(one) & set(other)
    assert one[0].folder(Path(".")).parts[:3] == ("results", "timing", "hw-1")
    assert make(hardware="hw-1").cells == make(hardware="hw-2").cells
    assert make(kind="timing").cells == ()


def test_what_a_result_depends_on_is_in_its_name(make):
    def ids(**changes):
        return {c.id for c in make(methods=["autoloss"], changes=changes).cells}

    same = ids()
    assert ids(threads=4, device="cpu", cells_per_job=1) == same
    assert not ids(models={"deepfm": {"dim": 3}}) & same
    assert not ids(losses={"focal": {"gamma": 1.0}}) & same
    assert not ids(training={"paper": {"epochs": 3}}) & same
    assert not ids(methods={"autoloss": {"warmup": 3}}) & same
    assert ids(models={"nfm": {"dim": 3}}) == same, "another model's parameter"
    assert ids(models={"deepfm": {"dim": 16}}) == same, "a default written out"
    fake_facts("a", sha256="other content").write(make.root / "data/encoded/demo/a")
    assert not ids() & same


READ = {"sha256": "x", "task": "multiclass", "n_classes": 3, "n_outputs": 3, "field_names": ("f1", "g"),
        "field_sizes": (5, 8), "rows_per_split": {"train": 7, "valid": 2, "test": 1}}  # fmt: skip
TOLD = {"rows": 11, "bytes": 9, "bad_rows": 1, "bayes": None, "terms": "x", "citation": "x", "request": "x",
        "settings": {"threshold": 3}, "checks": ("x",)}  # fmt: skip


@pytest.mark.parametrize("fact", [*READ, *TOLD])
def test_a_fact_of_the_data_that_training_reads_is_part_of_a_results_identity_and_no_other_is(fact, make):
    before = {c.id for c in make().cells}
    changed = fake_facts("a", **{"sha256": "content of a", fact: {**READ, **TOLD}[fact]})
    changed.write(make.root / "data/encoded/demo/a")
    assert ({c.id for c in make().cells} == before) == (fact in TOLD)


def test_data_that_are_not_there_are_one_line_that_says_how_to_make_them(make):
    (make.root / "data/encoded/demo/a/meta.json").unlink()
    with pytest.raises(UserError, match="data/encoded/demo: a not encoded yet; `dvc repro data` does it"):
        make()


def test_a_finished_cell_is_never_the_output_of_a_job(make):
    plan = make(methods=["ce", "average"])
    _finish(plan.experiments["e"][0], make.root)
    listed = [output for job in cells.jobs(plan, 2, make.root) for output in job.outputs]
    missing = [c for c in plan.cells if c != plan.experiments["e"][0]]
    assert sorted(listed) == sorted(str(c.folder(make.root) / "metrics.json") for c in missing)


@pytest.mark.parametrize("cells_per_job", [1, 2, 5, 100])
def test_jobs_keep_their_names_and_cells_while_cells_come_to_an_end(make, cells_per_job):
    plan = make(methods=["ce", "bohb", "autoloss", "average"], changes=TUNED)
    before = {job.name: job for job in cells.jobs(plan, cells_per_job, make.root)}
    for finished in plan.cells[::2] + plan.cells[1::2]:
        _finish(finished, make.root)
        now = {job.name: job for job in cells.jobs(plan, cells_per_job, make.root)}
        assert list(now) == list(before)
        assert all(set(job.cells) <= set(before[name].cells) and job.cells for name, job in now.items())
        assert all(set(job.inputs) <= set(before[name].inputs) for name, job in now.items())
    assert not any(job.outputs for job in now.values())


@pytest.mark.parametrize("cells_per_job", [1, 2, 5, 100])
def test_jobs_wait_for_what_their_cells_need_and_never_in_a_circle(make, cells_per_job):
    plan = make(methods=["ce", "bohb", "autoloss", "average"], models=["deepfm", "nfm"], changes=TUNED)
    waiting, there = cells.jobs(plan, cells_per_job, make.root), set()
    assert len({job.name for job in waiting}) == len(waiting)
    assert all(len(job.cells) <= cells_per_job for job in waiting)
    while ready := [job for job in waiting if set(job.inputs) <= there]:
        there |= {output for job in ready for output in job.outputs}
        waiting = [job for job in waiting if job not in ready]
    assert not waiting


def test_what_left_the_plan_goes_to_the_attic_and_comes_back(make):
    before, after = make(methods=["ce", "autoloss"]), make(methods=["ce"])
    for cell in before.cells:
        _finish(cell, make.root)
    (make.root / "results" / "cells" / "an-empty-folder").mkdir()
    assert list(archive.clear(after, "hw-1", make.root)) == []
    assert sorted(f.name for f in (make.root / "results/cells").iterdir()) == sorted(c.id for c in after.cells)
    assert list(archive.settle(before.cells, make.root)) == ["2 of 4 cells restored from results/archive"]
    assert all(cells.state(c, make.root) == "done" for c in before.cells)


def test_timings_of_another_machine_stay(make):
    here, there = make(hardware="hw-1", kind="timing"), make(hardware="hw-2", kind="timing")
    for cell in (*here.cells, *there.cells):
        _finish(cell, make.root)
    assert list(archive.clear(make(hardware="hw-1"), "hw-1", make.root)) == []
    assert not here.cells[0].folder(make.root).exists()
    assert there.cells[0].folder(make.root).exists()


def test_a_cell_that_waits_for_a_failed_one_says_so(make):
    plan = make(methods=["average"])
    source = plan.experiments["e"][0].upstream["controller"]
    source.failure(make.root).parent.mkdir(parents=True)
    source.failure(make.root).write_text(json.dumps({"id": source.id, "error": "the loss is nan"}))
    assert cells.state(source, make.root) == "failed"
    assert cells.error(plan.experiments["e"][0], make.root).endswith("failed: the loss is nan")
