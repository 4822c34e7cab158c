"""Training: seeded, stopped by validation, resumable bit for bit, and honest about what it cost."""

from dataclasses import replace

import pytest
import torch
from fake_records import SETTINGS
from fits import LOSSES, fitted, spec_of, without_seconds

from autoloss import metrics, records
from autoloss.errors import UserError
from autoloss.methods import Method
from autoloss.training import entry, search
from autoloss.training.build import build
from autoloss.training.evaluation import evaluate
from autoloss.training.history import HISTORY, SELECTION, Selection, read_history
from autoloss.training.loop import Schedule, predict
from autoloss.training.outcome import OUTCOME, SearchCost, SearchOutcome, TrainingOutcome, Tuned, TuningOutcome
from autoloss.training.spec import PlugIn


def test_the_same_seed_gives_bit_identical_metrics(data):
    assert without_seconds(fitted(data, spec_of())[1]) == without_seconds(fitted(data, spec_of())[1])


def test_another_seed_gives_others(data):
    assert without_seconds(fitted(data, spec_of(), 0)[1]) != without_seconds(fitted(data, spec_of(), 1)[1])


def test_training_learns_and_ends_with_the_weights_of_its_best_evaluation(data):
    model, progress = fitted(data, spec_of("fixed", ("cross_entropy",)), settings=replace(SETTINGS, epochs=12))
    values = [each.valid["auc"] for each in progress.history]
    assert progress.best_value == max(values) > 0.7
    valid = evaluate(predict(model, data.valid), data.valid.y, "binary")
    assert valid == progress.best.valid
    assert progress.best.step < progress.step, "choose a longer training: the last evaluation was the best"


def test_patience_stops_training(data):
    settings = replace(SETTINGS, epochs=50, patience=2)
    _, progress = fitted(data, spec_of("fixed", ("cross_entropy",)), settings=settings)
    values = [each.valid["auc"] for each in progress.history]
    assert progress.stopped == "patience"
    assert values.index(max(values)) == len(values) - 3


def test_a_report_can_end_a_training(data):
    _, progress = fitted(data, spec_of(), prune=lambda step, value: step >= 10)
    assert progress.stopped == "pruned" and progress.step == 10


@pytest.mark.parametrize(
    ("rows", "settings", "evaluated_after"),
    [
        (1000, {"batch_size": 100, "epochs": 1, "evaluations_per_epoch": 4}, [2, 5, 7, 10]),
        (1050, {"batch_size": 100, "epochs": 2, "evaluations_per_epoch": 1}, [10, 20]),
        (250, {"batch_size": 100, "epochs": 2, "evaluations_per_epoch": 4}, [1, 2, 3, 4]),
        (50, {"batch_size": 100, "epochs": 2, "evaluations_per_epoch": 4}, [1, 2]),
    ],
)
def test_evaluations_divide_each_epoch_evenly(rows, settings, evaluated_after):
    schedule = Schedule(rows, replace(SETTINGS, **settings))
    assert [s for s in range(1, schedule.last + 1) if schedule.evaluates_after(s)] == evaluated_after


def test_a_loss_that_is_no_number_stops_training_with_one_line(data):
    with pytest.raises(UserError, match="training loss is (nan|inf) between steps 0 and 5: expected a finite number"):
        fitted(data, spec_of("fixed", ("focal",)), settings=replace(SETTINGS, learning_rate=1e30))


def test_split_validation_teaches_with_rows_that_do_not_stop_training(data, monkeypatch):
    taught = []
    monkeypatch.setattr("autoloss.methods.autoloss.AutoLoss.update", lambda self, ahead: taught.append(ahead))
    _, progress = fitted(data, spec_of(), settings=replace(SETTINGS, split_validation=True))
    even = {tuple(row) for row in data.valid.ids[::2].tolist()}
    assert {tuple(row) for ahead in taught for row in ahead.valid_inputs.tolist()} <= even
    assert progress.history[-1].valid_examples == 100 * len(taught)


def test_a_cell_writes_its_files_and_what_it_cost(data, tmp_path):
    entry.compute("train", spec_of(), 0, data, {}, tmp_path, tmp_path)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {
        "metrics.json", "history.jsonl", "selection.json", "test_predictions.npy", "controller.safetensors",
        "controller.json", "model.safetensors", "model.json",
    }  # fmt: skip
    outcome = records.read(TrainingOutcome, tmp_path / OUTCOME)
    assert tuple(outcome.test) == metrics.names("binary") and set(outcome.calibrations) == {"affine", "temperature"}
    assert outcome.steps == 30 and outcome.cost.train_examples == 3000
    # updates at steps 4, 6, … 28
    assert outcome.cost.controller_updates == 13 and outcome.cost.valid_examples == 1300
    assert [each.step for each in read_history(tmp_path / HISTORY)] == [5, 10, 15, 20, 25, 30]
    selection = records.read(Selection, tmp_path / SELECTION)
    assert selection.losses == list(LOSSES) and [each.step for each in selection.maps] == [5, 10, 15, 20, 25, 30]


def test_a_transferred_controller_never_changes(data, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        folder.mkdir()
    entry.compute("train", spec_of(), 0, data, {}, source, source)
    entry.compute("train", spec_of(), 0, data, {"controller": source}, target, target)
    assert (target / "controller.safetensors").read_bytes() == (source / "controller.safetensors").read_bytes()
    assert records.read(TrainingOutcome, target / OUTCOME).cost.controller_updates == 0


def test_the_cost_of_all_searches_before_a_training_run_is_counted(tmp_path):
    upstream = {"tune": tmp_path / "tune", "search": tmp_path / "search"}
    records.write(TuningOutcome(Tuned({}, {}), [], SearchCost(7, 2, 1.0)), upstream["tune"] / OUTCOME)
    records.write(SearchOutcome([1.0], [], SearchCost(20, 3, 2.0)), upstream["search"] / OUTCOME)
    assert search.spent(upstream) == SearchCost(27, 5, 3.0)


def test_the_method_starts_alike_whatever_the_model_drew(data):
    small = spec_of()
    large = replace(small, model=PlugIn("deepfm", {"dim": 8, "mlp": [16]}))
    methods: list[Method] = [build(spec, data, 3)[1] for spec in (small, large)]
    for (name, one), (_, other) in zip(*(m.state_dict().items() for m in methods), strict=True):
        assert torch.equal(one, other), name
