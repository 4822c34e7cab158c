import numpy as np
import pytest

from autoloss.reporting import collect
from autoloss.reporting.figures import build
from autoloss.reporting.figures._pictures import alike, picture
from autoloss.reporting.figures.bayes_distance import draw as bayes_distance
from autoloss.reporting.figures.calibration_curves import calibration
from autoloss.reporting.figures.calibration_curves import draw as calibration_curves
from autoloss.reporting.figures.controller_maps import draw as controller_maps
from autoloss.reporting.figures.controller_selection import draw as controller_selection
from autoloss.reporting.figures.efficiency_bars import draw as efficiency_bars
from autoloss.reporting.figures.frequency_sweep import draw as frequency_sweep
from autoloss.reporting.figures.hypergradient_maps import draw as hypergradient_maps
from autoloss.reporting.figures.learning_curves import curve
from autoloss.reporting.figures.learning_curves import draw as learning_curves
from autoloss.reporting.figures.time_to_quality import draw as time_to_quality
from autoloss.reporting.figures.time_to_quality import so_far
from autoloss.reporting.figures.transfer_bars import draw as transfer_bars
from autoloss.reporting.results import select

SEEDS = np.array([0.81, 0.812, 0.815])


@pytest.fixture(scope="module")
def pictures(material):
    done = select(material.results, experiment="overall", dataset="criteo", method="autoloss")
    return alike(picture(collect.artifact(r, "selection.json")) for r in done)


@pytest.fixture(scope="module")
def drawings(material, pictures):
    histories = list(material.histories.values())[:3]
    line = curve(histories, "auc")
    return {
        "learning": lambda stem: learning_curves({("deepfm", "auc"): {"ce": line}}, ["ce", "autoloss"], stem),
        "selection": lambda stem: controller_selection(pictures, stem),
        "maps": lambda stem: controller_maps(pictures, stem),
        "hypergradient": lambda stem: hypergradient_maps(pictures, stem),
        "transfer": lambda stem: transfer_bars({"AUC": {"NFM": {"ce": SEEDS}}}, {"ce": "CE", "slf": "SLF*"}, stem),
        "efficiency": lambda stem: efficiency_bars({"Seconds": {"ce": SEEDS}}, ["ce", "autoloss"], stem),
        "time": lambda stem: time_to_quality({"ce": [so_far(h) for h in histories]}, 0.78, stem),
        "frequency": lambda stem: frequency_sweep({1: SEEDS, 7: SEEDS / 2}, {1: SEEDS, 7: SEEDS[:1]}, stem),
        "calibration": lambda stem: calibration_curves({"deepfm": {"ce": np.random.rand(2, 10, 2)}}, ["ce"], stem),
        "bayes": lambda stem: bayes_distance({("deepfm", "auc"): {"ce": 0.82 - SEEDS}}, ["ce", "kl"], stem),
    }


NAMES = (
    "learning",
    "selection",
    "maps",
    "hypergradient",
    "transfer",
    "efficiency",
    "time",
    "frequency",
    "calibration",
    "bayes",
)


@pytest.mark.parametrize("name", NAMES)
def test_each_figure_is_data_in_and_two_files_out_whose_bytes_depend_on_the_data_alone(name, drawings, tmp_path):
    np.random.seed(0)
    first = drawings[name](tmp_path / "a" / name)
    np.random.seed(0)
    again = drawings[name](tmp_path / "b" / name)
    assert [p.name for p in first] == [f"{name}.svg", f"{name}.png"]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    assert "<text" in first[0].read_text()  # text stays text: readable, and small


def test_curves_are_cut_to_what_all_seeds_reached_and_know_each_seeds_best():
    seeds = [[0.70, 0.75, 0.74], [0.71, 0.73]]
    histories = [
        [{"train_examples": 100 * (i + 1), "valid": {"auc": v, "logloss": 1 - v}} for i, v in enumerate(values)]
        for values in seeds
    ]
    found = curve(histories, "auc")
    assert found.examples.tolist() == [100, 200] and found.values.tolist() == [[0.70, 0.75], [0.71, 0.73]]
    assert found.best == ((200, 0.75), (200, 0.73))
    assert curve(histories, "logloss").best[0] == (200, 0.25)
    assert curve([[], []], "auc") is None


def test_calibration_is_the_observed_share_minus_the_prediction_in_equal_bins():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=1000)
    labels = (rng.random(1000) < 0.4).astype(np.float32)
    p = 1 / (1 + np.exp(-logits.astype(np.float32)))
    order = np.argsort(p)
    expected = [(p[rows].mean(), labels[rows].mean() - p[rows].mean()) for rows in np.split(order, 10)]
    assert np.allclose(calibration(logits, labels, 10), expected, atol=1e-5)


def test_calibration_of_five_classes_pools_one_prediction_per_class():
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(size=(400, 5)), rng.integers(0, 5, 400)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    flat, hit = p.ravel(), np.eye(5)[labels].ravel()
    expected = [(flat[r].mean(), hit[r].mean() - flat[r].mean()) for r in np.split(np.argsort(flat), 10)]
    assert np.allclose(calibration(logits, labels, 10), expected, atol=1e-5)


def test_time_to_quality_never_falls():
    history = [{"train_seconds": t, "valid": {"auc": a}} for t, a in ((1, 0.7), (2, 0.75), (3, 0.72))]
    assert so_far(history).tolist() == [[1, 0.7], [2, 0.75], [3, 0.75]]


def test_a_picture_keeps_what_was_not_seen_unknown(pictures):
    first = pictures[0]
    assert first.selection.shape == first.hypergradient.shape == (6, 2, 21, 4)
    assert np.isnan(first.hypergradient[0]).all() and np.isnan(first.hypergradient[1, 0, 0]).all()
    assert np.isfinite(first.hypergradient[1, 0, 10]).all()


def test_a_report_has_the_figures_of_every_experiment(material, report):
    names = {p.stem for p in (report / "figures").glob("*.svg")}
    assert names == {p.stem for p in (report / "figures").glob("*.png")}
    kinds = (
        "learning-curves-overall-",
        "bayes-distance-overall-",
        "calibration-overall-",
        "controller-selection-overall-",
    )
    for dataset in ("criteo", "ml-20m"):
        assert all(any(n.startswith(kind) and dataset in n for n in names) for kind in kinds)
    assert {
        "transfer-models",
        "efficiency-criteo-deepfm",
        "time-to-quality-criteo-deepfm",
        "frequency-criteo-deepfm",
    } <= names
    assert {
        "controller-maps-overall-autoloss-criteo-deepfm",
        "hypergradient-maps-overall-autoloss-criteo-deepfm",
    } <= names


def test_no_results_no_figures(material, tmp_path):
    none = type(material)(material.config, [], root=material.root)
    assert build(none, tmp_path) == []
