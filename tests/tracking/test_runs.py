"""What of a cell directory reaches MLflow, within MLflow's limits."""

import json

from mlflow import MlflowClient
from mlflow.utils import validation

from autoloss import records, seals
from autoloss.tracking import runs, sync
from autoloss.training.outcome import OUTCOME, SearchCost, SearchOutcome


def rewrite(folder, name, change):
    content = json.loads((folder / name).read_text())
    change(content)
    (folder / name).write_text(json.dumps(content))
    seals.seal(folder, "cell.json")


def test_more_parameters_and_points_than_one_request_takes_all_arrive(root, cell):
    folder = cell(root / "results", evaluations=200)
    many = {f"p{i}": i for i in range(150)}
    rewrite(folder, "cell.json", lambda c: c["spec"]["method"]["params"].update(many))
    sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    client = MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
    [run] = client.search_runs([client.get_experiment_by_name("autoloss").experiment_id], "params.kind = 'train'")
    assert {f"method.p{i}": str(i) for i in range(150)}.items() <= run.data.params.items()
    assert len(client.get_metric_history(run.info.run_id, "selection/mixture_weights/focal")) == 200


def test_long_values_and_odd_names_are_brought_within_the_limits(tmp_path, cell):
    folder = cell(tmp_path / "results")
    loss = {"use": "x", "params": {"list": list(range(5000))}}
    rewrite(folder, "cell.json", lambda c: c["spec"].update({"losses": {"my loss!": loss}}))
    rewrite(folder, "metrics.json", lambda c: c["test"].update({"auc @ 10": 0.5}))
    record = runs.read(folder)
    assert len(record.params["losses.my loss_.list"]) == validation.MAX_PARAM_VAL_LENGTH
    assert record.finals["test_auc _ 10"] == 0.5
    for key, value in record.params.items():
        validation._validate_param(key, value)
    for point in record.points():
        validation._validate_metric(*point)


def test_seeds_of_a_transfer_share_the_name_of_their_source(tmp_path, cell):
    upstream = [{"controller": f"autoloss-deepfm-my-s3-data-s{seed}-{seed}f"} for seed in (0, 1)]
    found = [runs.read(cell(tmp_path, seed=seed, upstream=upstream[seed])) for seed in (0, 1)]
    assert {r.params["controller"] for r in found} == {"autoloss-deepfm-my-s3-data"}
    assert found[1].name == "autoloss · deepfm · criteo · seed 1 · from autoloss-deepfm-my-s3-data"


def test_cells_and_timings_are_found_and_nothing_else(tmp_path, cell):
    found = [cell(tmp_path, seed=0), cell(tmp_path / "timing-source", seed=1, kind="timing")]
    timing = tmp_path / "timing" / "hw-1" / found[1].name
    timing.parent.mkdir(parents=True)
    found[1].rename(timing)
    for place in ("archive", "scratch"):
        cell(tmp_path / "elsewhere", seed=2, digest=place).parent.rename(tmp_path / place)
    unfinished = cell(tmp_path, seed=3)
    (unfinished / "metrics.json").unlink()
    assert runs.folders(tmp_path) == [found[0], timing]
    assert runs.folders(tmp_path / "cells") == [found[0]]


def test_a_search_has_no_test_metrics_and_is_a_record_all_the_same(tmp_path, cell):
    folder = cell(tmp_path, kind="search")
    records.write(SearchOutcome([0.5, 0.5], [], SearchCost(400, 9, 3.0)), folder / OUTCOME)
    (folder / "history.jsonl").unlink()
    seals.seal(folder, "cell.json")
    run = runs.read(folder)
    assert run.finals == {"resources/search_steps": 400.0, "resources/trials": 9.0, "resources/seconds": 3.0}
    assert {p.key for p in run.points()} == set(run.finals)
