import json
from dataclasses import replace

import fake_cells
import fake_files
from fake_files import project

from autoloss.reporting import collect
from autoloss.reporting.results import select


def overall(tmp_path, **more):
    config = fake_cells.config(
        overall={"datasets": ["criteo"], "models": ["deepfm"], "methods": ["ce", "autoloss"]} | more
    )
    return config, project(tmp_path, config)


def test_a_result_per_experiment_and_cell_with_its_numbers(small):
    results = collect.collect(small.config, small.plan, small.root)
    assert len(results) == sum(len(cells) for cells in small.plan.experiments.values())
    done = select(results, experiment="overall", dataset="criteo", method="ce", seed=0)[0]
    on_disk = json.loads((done.folder / "metrics.json").read_text())
    assert (done.state, done.test["auc"], done.scale) == ("done", on_disk["test"]["auc"], "demo")
    assert done.cost["steps"] == on_disk["steps"] and done.hardware == "hw-0a1b2c3d"
    assert [each.step for each in done.history] == [12 * i for i in range(1, 17)]


def test_failed_and_missing_cells_are_results_too(small):
    results = collect.collect(small.config, small.plan, small.root)
    failed = select(results, dataset="ml-20m", method="hinge", seed=1)[0]
    assert (failed.state, failed.test, failed.error) == ("failed", None, "the loss is not finite at step 120 (hinge)")
    missing = select(results, experiment="overall", dataset="criteo", method="slf", seed=2)[0]
    assert (missing.state, missing.folder, missing.error) == ("missing", None, None)


def test_a_broken_metrics_file_is_a_failure_that_names_it(tmp_path):
    config, plan = overall(tmp_path)
    path = plan.cells[0].folder(tmp_path) / "metrics.json"
    path.write_text('{"test": {"auc": 0.7')
    result = collect.collect(config, plan, tmp_path)[0]
    assert result.state == "failed" and str(path) in result.error


def test_a_cell_that_waits_for_a_failed_one_is_failed_and_says_so(small, tmp_path):
    config = fake_cells.config(**{"transfer-models": fake_cells.SMALL["transfer-models"] | {"methods": ["autoloss"]}})
    plan = project(tmp_path, config, fail=("autoloss-deepfm-criteo-s0",), skip=("autoloss-nfm",))
    result = select(collect.collect(config, plan, tmp_path), seed=0)[0]
    assert result.state == "failed" and "controller" in result.error
    assert {r.state for r in collect.upstream(config, plan, tmp_path) if r.seed == 0} == {"failed"}


def test_a_frozen_controller_from_elsewhere_is_a_transfer_and_one_from_here_is_not(small, tmp_path):
    results = collect.collect(small.config, small.plan, small.root)
    moved = select(results, experiment="transfer-models", method="autoloss")
    assert {r.transfer_from for r in moved} == {("criteo", "deepfm")}
    assert {r.transfer_from for r in select(results, experiment="transfer-models", method="ce")} == {None}
    cell = next(c for c in small.plan.experiments["overall"] if c.method == "autoloss")
    average = replace(cell, method="uniform", upstream={"controller": cell})
    fake_files.write_cell(average, average.folder(tmp_path))
    plan = type(small.plan)((average,), {"ablations": (average,)})
    assert collect.collect(small.config, plan, tmp_path)[0].transfer_from is None
