"""The registered models load back, in a process of their own, and predict what the trained ones did."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import torch
from mlflow import MlflowClient
from mlflow.models import Model
from safetensors.torch import save_file, save_model

from autoloss import records, registry, seals
from autoloss.cells.record import RECORD, CellRecord
from autoloss.config import Dataset
from autoloss.data import facts
from autoloss.data.facts import Facts
from autoloss.data.preparation import encode_into
from autoloss.methods import Network
from autoloss.prediction import encoder
from autoloss.tracking import sync
from autoloss.training.spec import DataIdentity

LOSSES = ["focal", "cross_entropy"]
LOAD = """
import json, sys
import mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
tables = json.loads(sys.stdin.read())
models = {name: mlflow.pyfunc.load_model(f"models:/{name}@best") for name in tables}
found = {name: models[name].predict(pd.DataFrame(tables[name])).to_dict("list") for name in tables}
import autoloss
print(json.dumps({**found, "code": autoloss.__file__}))
"""


def encoded(root, name, task, n_classes=None) -> Facts:
    """Encodes 300 rows with a text, a number and a date as a dataset of the project."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "label": np.arange(300) % (n_classes or 2),
            "shop": [f"shop {i}" for i in rng.integers(0, 9, 300)],
            "price": pl.Series(rng.normal(size=300).round(3)).set(pl.Series(rng.random(300) < 0.1), None),
            "day": [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(300)],
        }
    )
    frame.write_csv(root / f"{name}.csv")
    entry = Dataset(
        name=name, use="table", task=task, n_classes=n_classes, source=str(root / f"{name}.csv"),
        threshold=2, vocabulary="train",
    )  # fmt: skip
    folder = root / "data" / "encoded" / "demo" / name
    encode_into(entry, folder, root / "data" / "raw", root / "data" / "work")
    return facts.read(folder)


def keep_weights(folder, data: Facts):
    """Gives a cell directory a model and a controller with random weights, trained on `data`; returns both."""
    about = records.read(CellRecord, folder / RECORD)
    records.write(replace(about, spec=replace(about.spec, data=DataIdentity.of(data))), folder / RECORD)
    torch.manual_seed(0)
    task, n_outputs, sizes, params = data.task, data.n_outputs, list(data.field_sizes), {"dim": 2, "mlp": [4]}
    model = registry.load("models", "deepfm")(sizes, n_outputs, **params).eval()
    save_model(model, str(folder / "model.safetensors"))
    made_with = {"use": "deepfm", "params": params, "field_sizes": sizes, "n_outputs": n_outputs, "task": task}
    (folder / "model.json").write_text(json.dumps({**made_with, "field_names": list(data.field_names)}))
    controller = Network(task, n_outputs, len(LOSSES), (4,))
    torch.nn.init.normal_(controller.mlp[-1].weight)
    save_file(controller.state_dict(), folder / "controller.safetensors")
    made_with = {"task": task, "n_outputs": n_outputs, "losses": LOSSES, "hidden": [4], "example_input": True}
    (folder / "controller.json").write_text(json.dumps(made_with))
    seals.seal(folder, RECORD)
    return model, controller


def test_best_model_and_controller_load_back_and_predict(root, cell, tmp_path_factory):
    results, uri = root / "results", f"sqlite:///{root / 'mlflow.db'}"
    clicks, ratings = encoded(root, "criteo", "binary"), encoded(root, "ml-20m", "multiclass", 3)
    keep_weights(cell(results, seed=0, auc=0.7), clicks)
    best = cell(results, seed=1, auc=0.8)
    binary, controller = keep_weights(best, clicks)
    rated, rater = keep_weights(cell(results, dataset="ml-20m"), ratings)
    cell(results, seed=2, auc=0.9)  # better, but its weights were not kept
    kept = [f"autoloss-{what}-{data}-demo" for data in ("criteo", "ml-20m") for what in ("model", "controller")]
    assert sorted(sync(results, root=root, uri=uri).models) == sorted(kept)
    assert sync(results, root=root, uri=uri).models == []
    version = MlflowClient(uri).get_model_version_by_alias("autoloss-model-criteo-demo", "best")
    assert version.tags["cell.id"] == best.name

    rows = {
        "day": ["2024-03-03", "2024-05-11"],
        "price": [0.25, None],
        "shop": ["shop 3", "never seen"],
        "more": [1, 2],
    }
    label, p = torch.tensor([1.0, 0.0]), torch.tensor([0.9, 0.2])
    classes = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    predictions = {f"probability_{c}": column for c, column in enumerate(classes.T.tolist())}
    tables = {
        "autoloss-model-criteo-demo": rows,
        "autoloss-model-ml-20m-demo": rows,
        "autoloss-controller-criteo-demo": {"label": label.tolist(), "probability": p.tolist()},
        "autoloss-controller-ml-20m-demo": {"label": [2.0, 0.0], **predictions},
    }
    ids = {}
    for name in ("criteo", "ml-20m"):
        table = {column: pa.array(values) for column, values in rows.items()}
        encode = encoder.load(root / "data" / "encoded" / "demo" / name)
        ids[name] = torch.from_numpy(encode.encode(table, "rows")[0])
    for folder in ("data", "results"):  # the registered models need neither
        shutil.rmtree(root / folder)
    elsewhere, environment = tmp_path_factory.mktemp("elsewhere"), {**os.environ}
    environment.pop("PYTHONPATH", None)
    answer = subprocess.run(
        [sys.executable, "-c", LOAD, uri],
        input=json.dumps(tables), capture_output=True, text=True, cwd=elsewhere, env=environment,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert str(root) in found.pop("code"), "the package comes with the model"
    with torch.no_grad():
        expected = {
            "autoloss-model-criteo-demo": {"probability": binary(ids["criteo"]).sigmoid()},
            "autoloss-model-ml-20m-demo": {
                f"probability_{c}": column for c, column in enumerate(rated(ids["ml-20m"]).softmax(1).T)
            },
            "autoloss-controller-criteo-demo": dict(zip(LOSSES, controller(p.logit(), label).exp().T, strict=True)),
            "autoloss-controller-ml-20m-demo": dict(
                zip(LOSSES, rater(classes.log(), torch.tensor([2, 0])).exp().T, strict=True)
            ),
        }
    for name, columns in expected.items():
        assert set(found[name]) == set(columns)
        for column, values in columns.items():
            assert found[name][column] == pytest.approx(values.tolist(), abs=1e-5)


def test_a_registered_model_names_its_raw_columns_and_holds_no_pickle(root, cell):
    uri = f"sqlite:///{root / 'mlflow.db'}"
    keep_weights(cell(root / "results"), encoded(root, "criteo", "binary"))
    sync(root / "results", root=root, uri=uri)
    [model] = [path for path in root.rglob("MLmodel") if "price" in path.read_text()]
    inputs = Model.load(str(model)).signature.inputs
    assert inputs.input_names() == ["shop", "price", "day"]
    assert not [path for path in model.parent.rglob("*") if path.suffix in (".pkl", ".pickle", ".pt", ".joblib")]


def test_a_model_whose_data_were_encoded_anew_since_is_left_out(root, cell):
    uri = f"sqlite:///{root / 'mlflow.db'}"
    keep_weights(cell(root / "results"), encoded(root, "criteo", "binary"))
    shutil.rmtree(root / "data" / "encoded" / "demo" / "criteo")
    synced = sync(root / "results", root=root, uri=uri)
    assert synced.models == ["autoloss-controller-criteo-demo"] and not synced.unreadable


@pytest.mark.parametrize(
    ("sealed", "why"), [(True, "loading state_dict"), (False, "model.safetensors: differs from its seal")]
)
def test_weights_that_do_not_load_or_were_damaged_are_named_and_leave_nothing_behind(sealed, why, root, cell):
    folder = cell(root / "results")
    keep_weights(folder, encoded(root, "criteo", "binary"))
    if sealed:
        save_file({"nothing": torch.zeros(1)}, folder / "model.safetensors")
        seals.seal(folder, RECORD)
    else:
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1] + b"?")  # it loads
    uri = f"sqlite:///{root / 'mlflow.db'}"
    synced = sync(root / "results", root=root, uri=uri)
    assert synced.imported == 1
    assert synced.models == ["autoloss-controller-criteo-demo"]
    [line] = synced.unreadable
    assert str(folder) in line and why in line
    assert "\n" not in line
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("autoloss").experiment_id
    assert [m.name for m in client.search_logged_models([experiment])] == ["autoloss-controller-criteo-demo"]


def test_each_project_on_a_server_has_its_own_best_model(root, cell, monkeypatch):
    uri, data = f"sqlite:///{root / 'mlflow.db'}", encoded(root, "criteo", "binary")
    shutil.copytree(root / "data", root / "other" / "data")
    keep_weights(mine := cell(root / "results", seed=0, auc=0.7), data)
    keep_weights(theirs := cell(root / "other" / "results", seed=1, auc=0.9), data)
    sync(root / "results", root=root, uri=uri)
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_EXPERIMENT_NAME", "other")
        sync(root / "other" / "results", root=root / "other", uri=uri)
    best = {
        name: MlflowClient(uri).get_model_version_by_alias(f"{name}-model-criteo-demo", "best").tags["cell.id"]
        for name in ("autoloss", "other")
    }
    assert best == {"autoloss": mine.name, "other": theirs.name}
