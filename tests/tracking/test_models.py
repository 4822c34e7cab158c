"""The registered models load back, in a process of their own, and predict what the trained ones did."""

import json
import subprocess
import sys

import pytest
import torch
from mlflow import MlflowClient
from safetensors.torch import save_file, save_model

from autoloss import registry
from autoloss.methods import Network
from autoloss.tracking import sync

SIZES = [3, 4, 5]
LOSSES = ["focal", "cross_entropy"]
LOAD = """
import json, sys
import mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
tables = json.loads(sys.stdin.read())
models = {name: mlflow.pyfunc.load_model(f"models:/{name}@best") for name in tables}
print(json.dumps({name: models[name].predict(pd.DataFrame(tables[name])).to_dict("list") for name in tables}))
"""


def keep_weights(folder, task, n_outputs):
    """Gives a cell directory a model and a controller with random weights; returns both."""
    torch.manual_seed(0)
    params = {"dim": 2, "mlp": [4]}
    model = registry.load("models", "deepfm")(SIZES, n_outputs, **params).eval()
    save_model(model, str(folder / "model.safetensors"))
    made_with = {"use": "deepfm", "params": params, "field_sizes": SIZES, "n_outputs": n_outputs, "task": task}
    (folder / "model.json").write_text(json.dumps({**made_with, "field_names": ["user", "item", "hour"]}))
    controller = Network(task, n_outputs, len(LOSSES), (4,))
    torch.nn.init.normal_(controller.mlp[-1].weight)
    save_file(controller.state_dict(), folder / "controller.safetensors")
    made_with = {"task": task, "n_outputs": n_outputs, "losses": LOSSES, "hidden": [4], "example_input": True}
    (folder / "controller.json").write_text(json.dumps(made_with))
    return model, controller


def test_best_model_and_controller_load_back_and_predict(root, cell):
    results, uri = root / "results", f"sqlite:///{root / 'mlflow.db'}"
    keep_weights(cell(results, seed=0, auc=0.7), "binary", 1)
    best = cell(results, seed=1, auc=0.8)
    binary, controller = keep_weights(best, "binary", 1)
    rated, rater = keep_weights(cell(results, dataset="ml-20m"), "multiclass", 3)
    cell(results, seed=2, auc=0.9)  # better, but its weights were not kept
    kept = [f"autoloss-{what}-{data}-demo" for data in ("criteo", "ml-20m") for what in ("model", "controller")]
    assert sorted(sync(results, root=root, uri=uri).models) == sorted(kept)
    assert sync(results, root=root, uri=uri).models == []
    version = MlflowClient(uri).get_model_version_by_alias("autoloss-model-criteo-demo", "best")
    assert version.tags["cell.id"] == best.name

    ids = torch.tensor([[0, 3, 7], [2, 6, 11], [1, 4, 9]])
    label, p = torch.tensor([1.0, 0.0]), torch.tensor([0.9, 0.2])
    classes = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    fields = dict(zip(("user", "item", "hour"), ids.T.tolist(), strict=True))
    predictions = {f"probability_{c}": column for c, column in enumerate(classes.T.tolist())}
    tables = {
        "autoloss-model-criteo-demo": fields,
        "autoloss-model-ml-20m-demo": fields,
        "autoloss-controller-criteo-demo": {"label": label.tolist(), "probability": p.tolist()},
        "autoloss-controller-ml-20m-demo": {"label": [2.0, 0.0], **predictions},
    }
    answer = subprocess.run(
        [sys.executable, "-c", LOAD, uri], input=json.dumps(tables), capture_output=True, text=True, cwd=root
    )
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    with torch.no_grad():
        expected = {
            "autoloss-model-criteo-demo": {"probability": binary(ids).sigmoid()},
            "autoloss-model-ml-20m-demo": {
                f"probability_{c}": column for c, column in enumerate(rated(ids).softmax(1).T)
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


def test_weights_that_do_not_load_are_named_and_leave_nothing_behind(root, cell):
    folder = cell(root / "results")
    keep_weights(folder, "binary", 1)
    save_file({"nothing": torch.zeros(1)}, folder / "model.safetensors")
    uri = f"sqlite:///{root / 'mlflow.db'}"
    synced = sync(root / "results", root=root, uri=uri)
    assert synced.imported == 1
    assert synced.models == ["autoloss-controller-criteo-demo"]
    [line] = synced.unreadable
    assert str(folder) in line
    assert "\n" not in line
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("autoloss").experiment_id
    assert [m.name for m in client.search_logged_models([experiment])] == ["autoloss-controller-criteo-demo"]
