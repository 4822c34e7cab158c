import json

import numpy as np
import pytest
from fake_records import evaluation

from autoloss.reporting.figures import build
from autoloss.reporting.figures._canvas import WIDTH
from autoloss.reporting.figures._pictures import alike, picture
from autoloss.reporting.figures.bayes_distance import draw as bayes_distance
from autoloss.reporting.figures.calibration_curves import calibration
from autoloss.reporting.figures.calibration_curves import draw as calibration_curves
from autoloss.reporting.figures.controller_maps import draw as controller_maps
from autoloss.reporting.figures.controller_selection import draw as controller_selection
from autoloss.reporting.figures.efficiency_bars import draw as efficiency_bars
from autoloss.reporting.figures.forest import Gain
from autoloss.reporting.figures.forest import draw as forest
from autoloss.reporting.figures.frequency_sweep import draw as frequency_sweep
from autoloss.reporting.figures.hypergradient_maps import draw as hypergradient_maps
from autoloss.reporting.figures.learning_curves import curve
from autoloss.reporting.figures.learning_curves import draw as learning_curves
from autoloss.reporting.figures.learning_curves import so_far as so_far_by_examples
from autoloss.reporting.figures.time_to_quality import draw as time_to_quality
from autoloss.reporting.figures.time_to_quality import so_far
from autoloss.reporting.figures.transfer_bars import draw as transfer_bars
from autoloss.reporting.page._svg import SIZE
from autoloss.reporting.results import by_seed, select

SEEDS = np.array([0.81, 0.812, 0.815])


@pytest.fixture(scope="module")
def pictures(material):
    done = select(material.results, experiment="overall", dataset="criteo", method="autoloss")
    return alike(picture(r.finished.selection) for r in done)


def history(values):
    lines = enumerate(values, 1)
    return [evaluation(train_examples=100 * i, train_seconds=i, valid={"auc": v, "logloss": 1 - v}) for i, v in lines]


@pytest.fixture(scope="module")
def drawings(pictures):
    rises = {0: history((0.70, 0.75, 0.74)), 1: history((0.71, 0.73))}
    line = curve(rises, rises, "auc", "auc")
    gains = {"auc": {"kl": Gain(-0.001, -0.002, 0.0, -0.0014), "autoloss": Gain(0.002, 0.001, 0.003, None)}}
    seconds = {1: SEEDS, 7: SEEDS / 2}
    return {
        "forest": lambda stem: forest(gains, stem),
        "learning": lambda stem: learning_curves({"auc": {"ce": line}}, "ce", ["ce", "autoloss"], stem),
        "selection": lambda stem: controller_selection(pictures, stem),
        "maps": lambda stem: controller_maps(pictures, stem),
        "hypergradient": lambda stem: hypergradient_maps(pictures, stem),
        "transfer": lambda stem: transfer_bars({"AUC": {"NFM": {"ce": SEEDS}}}, {"ce": "CE", "slf": "SLF*"}, stem),
        "efficiency": lambda stem: efficiency_bars({"Seconds": {"ce": SEEDS}}, ["ce", "autoloss"], stem),
        "time": lambda stem: time_to_quality({"ce": [so_far(h, 0.75) for h in rises.values()]}, stem),
        "frequency": lambda stem: frequency_sweep({"Seconds": seconds, "AUC": {1: SEEDS, 7: SEEDS[:1]}}, stem),
        "calibration": lambda stem: calibration_curves({"ce": np.random.rand(2, 10, 2)}, ["ce"], stem),
        "bayes": lambda stem: bayes_distance({"auc": {"ce": 0.82 - SEEDS}}, ["ce", "kl"], stem),
    }


NAMES = (
    "forest",
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


def test_every_figure_is_as_wide_as_a_phone(drawings, tmp_path):
    svg = drawings["forest"](tmp_path / "forest")[0].read_text()
    assert f'viewBox="0 0 {72 * WIDTH:g} ' in svg and 72 * WIDTH * SIZE <= 390 - 2 * 16


def test_a_learning_curve_is_the_best_so_far_minus_the_references_with_the_same_seed():
    ours = {0: history((0.70, 0.75, 0.74)), 1: history((0.71, 0.73)), 2: history((0.9,))}
    theirs = {0: history((0.70, 0.71)), 1: history((0.70, 0.70, 0.76))}
    found = curve(ours, theirs, "auc", "auc")
    assert found.examples.tolist() == [100, 200, 300]
    assert np.allclose(found.values, [[0, 0.04, 0.04], [0.01, 0.03, -0.03]])  # what has stopped keeps its result
    assert np.allclose(curve(ours, theirs, "logloss", "auc").values, found.values)  # lower logloss is a gain
    assert curve(ours, {}, "auc", "auc") is None


def test_the_logloss_of_a_learning_curve_is_that_of_the_best_auc():
    lines = [evaluation(train_examples=i, valid={"auc": a, "logloss": b}) for i, a, b in ((1, 0.7, 0.5), (2, 0.6, 0.3))]
    assert so_far_by_examples(lines, "logloss", "auc").tolist() == [[1, 0.5], [2, 0.5]]


def test_the_forest_shows_each_methods_difference_to_ce_and_the_papers(material, report):
    found = {c.method: c for c in material.comparisons.minus_reference("overall") if c.metric == "logloss_calibrated"}
    here = select(material.results, experiment="overall", dataset="ml-20m")
    ours, ce = (by_seed(select(here, method=m), "logloss_calibrated") for m in ("autoloss", "ce"))
    assert found["autoloss"].over_seeds.difference == pytest.approx(np.mean([ours[s] - ce[s] for s in ours]))
    assert "ce" not in found
    page = (report / "index.html").read_text()
    assert (
        f"Logloss, calibrated {-found['autoloss'].over_seeds.difference:+.4f}" in page
    )  # in words, for who cannot see


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
    found = so_far(history((0.7, 0.75, 0.72)), goal=0.74)
    assert np.allclose(found, [[1, -0.04], [2, 0.01], [3, 0.01]])


def test_a_picture_keeps_what_was_not_seen_unknown(pictures):
    first = pictures[0]
    assert first.selection.shape == first.hypergradient.shape == (6, 2, 21, 4)
    assert np.isnan(first.hypergradient[0]).all() and np.isnan(first.hypergradient[1, 0, 0]).all()
    assert np.isfinite(first.hypergradient[1, 0, 10]).all()


def test_a_report_has_the_figures_of_every_experiment(material, report):
    names = {p.stem for p in (report / "figures").glob("*.svg")}
    assert names == {p.stem for p in (report / "figures").glob("*.png")}
    kinds = (
        "forest-overall-",
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


def test_no_two_figures_have_the_same_title(report):
    captions = json.loads((report / "figures" / "captions.json").read_text())
    titles = [about["title"] for about in captions.values()]
    assert len(set(titles)) == len(titles) and "Learning curves: DeepFM on Criteo (Overall performance)" in titles


def test_no_results_no_figures(material, tmp_path):
    none = type(material)(material.config, [], root=material.root)
    assert build(none, tmp_path) == []
