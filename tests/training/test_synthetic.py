"""`make bench-synthetic` in small: where the best answer is known and training labels are corrupted, learning pays."""

from dataclasses import replace
from statistics import mean

import fake_records
import pytest
import torch

from autoloss.config import Dataset
from autoloss.data import load
from autoloss.data.preparation import encode_into
from autoloss.training.build import build
from autoloss.training.evaluation import evaluate
from autoloss.training.loop import fit, predict
from autoloss.training.spec import PlugIn

LOSSES = ("focal", "kl", "hinge", "cross_entropy")
SEEDS = (0, 1, 2)
SETTINGS = replace(fake_records.SETTINGS, batch_size=250, epochs=2, learning_rate=1e-3)
METHODS = {
    "ce": ("fixed", {}, ("cross_entropy",)),
    "uniform": ("uniform", {}, LOSSES),
    "autoloss": ("autoloss", {"learning_rate": 0.01, "warmup": 20}, LOSSES),
}


@pytest.fixture(autouse=True)
def one_thread():
    """Layers this small lose more to a second thread than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    """synthetic(share of training positives turned negative) → EncodedData with the Bayes optimum in its meta."""
    root = tmp_path_factory.mktemp("synthetic")

    def make(flip: float):
        entry = Dataset(
            name=f"flip{flip}", use="table", task="binary", source="synthetic", rows=60_000, flip_positives=flip
        )
        encode_into(entry, root / entry.name, root / "raw", root / "work")
        return load(root / entry.name)

    return make


def _logloss(data, name: str, seed: int) -> float:
    method, params, losses = METHODS[name]
    model = PlugIn("deepfm", {"dim": 8, "mlp": [32], "dropout": 0.0})
    spec = replace(fake_records.spec(method, losses, **params), model=model)
    model, built = build(spec, data, seed)
    fit(model, built, data, SETTINGS, seed)
    return evaluate(predict(model, data.test), data.test.y, "binary")["logloss"]


def test_autoloss_beats_cross_entropy_and_uniform_weights_where_training_labels_are_corrupted(synthetic):
    """Raw logloss, in this order: AutoLoss, uniform weights, cross-entropy; none is below the Bayes optimum."""
    data = synthetic(0.4)
    loss = {name: [_logloss(data, name, seed) for seed in SEEDS] for name in METHODS}
    bayes = data.facts.bayes["logloss"]
    assert all(ours + 0.01 < ce for ours, ce in zip(loss["autoloss"], loss["ce"], strict=True)), loss
    assert bayes < mean(loss["autoloss"]) < mean(loss["uniform"]) < mean(loss["ce"]), loss


def test_clean_labels_are_learned_to_within_a_twentieth_of_the_best_possible_logloss(synthetic):
    """The share of positives alone would be 0.15 away from it."""
    data = synthetic(0.0)
    bayes = data.facts.bayes["logloss"]
    for name in ("ce", "autoloss"):
        assert bayes < _logloss(data, name, 0) < bayes + 0.05, name
