"""The chart views that the importer leaves in the experiment's tags."""

import json

from mlflow import MlflowClient

from autoloss.tracking import sync, views


def experiment(root):
    return MlflowClient(f"sqlite:///{root / 'mlflow.db'}").get_experiment_by_name("autoloss")


def grouped_by(view):
    return [key["groupByData"] for key in json.loads(view)["groupBy"]["groupByKeys"]]


def test_each_dataset_and_model_has_a_view_by_method_with_a_link(root, cell):
    for dataset, model in (("criteo", "deepfm"), ("criteo", "ipnn"), ("ml-20m", "deepfm")):
        cell(root / "results", dataset=dataset, model=model)
    cell(root / "results", dataset="avazu", model="nfm", digest="superseded")
    upstream = {"controller": "autoloss-deepfm-criteo-s0-0f"}
    cell(root / "results", dataset="criteo", model="ipnn", seed=1, upstream=upstream)
    current = {f.name for f in (root / "results" / "cells").iterdir() if "superseded" not in f.name}
    sync(root / "results", current, root=root, uri="sqlite:///mlflow.db")
    made = experiment(root)
    keys = ("criteo-deepfm", "criteo-ipnn", "ml-20m-deepfm")
    found = {k.removeprefix(views.SHARED): v for k, v in made.tags.items() if k.startswith(views.SHARED)}
    assert set(found) == {"runs", "training", *keys}
    table = json.loads(found["runs"])
    columns = {"metrics.`test_auc`", "metrics.`test_logloss`"}
    assert columns | {f"params.`{name}`" for name in ("method", "model", "dataset", "seed")} == set(
        table["selectedColumns"]
    )
    assert made.tags[views.NOTE].startswith(f"[**Table of runs**]({views.address(made.experiment_id)})")
    assert grouped_by(found["criteo-deepfm"]) == ["method"]
    assert grouped_by(found["criteo-ipnn"]) == ["method", "controller"]  # some took a controller, some did not
    for key in keys:
        assert f"#/experiments/{made.experiment_id}/runs" in made.tags[views.NOTE]
        assert f"viewStateShareKey={key})" in made.tags[views.NOTE]

    filtered = json.loads(found["ml-20m-deepfm"])["searchFilter"]
    runs = MlflowClient(f"sqlite:///{root / 'mlflow.db'}").search_runs([made.experiment_id], filtered)
    assert [r.info.run_name for r in runs] == ["autoloss · deepfm · ml-20m · seed 0"]


def test_a_text_that_the_user_wrote_stays(root, cell):
    cell(root / "results")
    sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    client = MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
    client.set_experiment_tag(experiment(root).experiment_id, views.NOTE, "my notes")
    cell(root / "results", model="ipnn")
    sync(root / "results", root=root, uri="sqlite:///mlflow.db")
    assert experiment(root).tags[views.NOTE] == "my notes"
