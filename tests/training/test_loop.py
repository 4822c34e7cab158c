"""Training: seeded, stopped by validation, resumable bit for bit, and honest about what it cost."""

import signal
from dataclasses import replace

import pytest
import torch
from fake_records import SETTINGS
from fake_records import spec as fake_spec

from autoloss import metrics, records
from autoloss.errors import Interrupted, UserError
from autoloss.methods import Method, train_step
from autoloss.training import entry, loop, search
from autoloss.training.build import build
from autoloss.training.checkpoint import Checkpoint
from autoloss.training.evaluation import evaluate
from autoloss.training.history import HISTORY, SELECTION, Evaluation, Selection, read_history
from autoloss.training.loop import Schedule, fit, predict
from autoloss.training.outcome import OUTCOME, SearchCost, SearchOutcome, TrainingOutcome, Tuned, TuningOutcome
from autoloss.training.progress import Progress
from autoloss.training.spec import PlugIn, Spec

LOSSES = ("focal", "kl", "hinge", "cross_entropy")


def _spec(method: str = "autoloss", losses: tuple[str, ...] = LOSSES, **params) -> Spec:
    if method == "autoloss":
        params = {"warmup": 3, "every": 2, **params}
    return replace(fake_spec(method, losses, **params), keep_model=True)


def _fit(data, spec, seed=0, **keywords) -> tuple[torch.nn.Module, Progress]:
    model, method = build(spec, data, seed)
    return model, fit(model, method, data, keywords.pop("settings", SETTINGS), seed, **keywords)


def _without_seconds(progress: Progress) -> list[Evaluation]:
    return [replace(each, seconds=0.0, train_seconds=0.0) for each in progress.history]


def test_the_same_seed_gives_bit_identical_metrics(data):
    assert _without_seconds(_fit(data, _spec())[1]) == _without_seconds(_fit(data, _spec())[1])


def test_another_seed_gives_others(data):
    assert _without_seconds(_fit(data, _spec(), 0)[1]) != _without_seconds(_fit(data, _spec(), 1)[1])


@pytest.mark.parametrize(("method", "losses"), [("autoloss", LOSSES), ("uniform", LOSSES), ("fixed", ("focal",))])
@pytest.mark.parametrize("killed_at", [1, 4])
def test_killed_training_resumes_bit_identical(data, tmp_path, method, losses, killed_at):
    class Killed(Exception):
        pass

    seen = []

    def kill(step, value):
        seen.append(step)
        if len(seen) > killed_at:
            raise Killed
        return False

    spec = _spec(method, losses)
    whole_model, whole = _fit(data, spec)
    with pytest.raises(Killed):
        _fit(data, spec, checkpoint=Checkpoint(tmp_path / "c.safetensors", 0), prune=kill)
    resumed_steps = []
    model, resumed = _fit(
        data, spec, checkpoint=Checkpoint(tmp_path / "c.safetensors", 0),
        prune=lambda step, value: resumed_steps.append(step),
    )  # fmt: skip
    assert resumed_steps[0] == seen[-1], "it began anew instead of going on"
    assert _without_seconds(resumed) == _without_seconds(whole)
    assert torch.equal(predict(model, data.test), predict(whole_model, data.test))


@pytest.mark.parametrize("step", [1, 3, 5, 7])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_training_ends_at_its_next_step_and_resumes_bit_identical(
    data, tmp_path, monkeypatch, step, number
):
    steps, before = [], signal.getsignal(signal.SIGINT)

    def interrupting(*arguments):
        steps.append(1)
        if len(steps) == step:
            signal.raise_signal(number)
        return train_step(*arguments)

    whole_model, whole = _fit(data, _spec())
    monkeypatch.setattr(loop, "train_step", interrupting)
    with pytest.raises(Interrupted, match=f"after step {step}, with a checkpoint"):
        _fit(data, _spec(), checkpoint=Checkpoint(tmp_path / "c.safetensors", 1000))
    model, resumed = _fit(data, _spec(), checkpoint=Checkpoint(tmp_path / "c.safetensors", 1000))
    assert len(steps) == whole.step, "it began anew instead of going on"
    assert _without_seconds(resumed) == _without_seconds(whole)
    assert torch.equal(predict(model, data.test), predict(whole_model, data.test))
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("step", [2, 4, 8])
def test_training_killed_between_evaluations_goes_on_from_there(data, tmp_path, monkeypatch, step):
    class Killed(Exception):
        pass

    steps, settings = [], replace(SETTINGS, evaluations_per_epoch=1)

    def killed(*arguments):
        steps.append(1)
        if len(steps) == step:
            raise Killed
        return train_step(*arguments)

    whole_model, whole = _fit(data, _spec(), settings=settings)
    monkeypatch.setattr(loop, "train_step", killed)
    with pytest.raises(Killed):
        _fit(data, _spec(), settings=settings, checkpoint=Checkpoint(tmp_path / "c.safetensors", 0))
    model, resumed = _fit(data, _spec(), settings=settings, checkpoint=Checkpoint(tmp_path / "c.safetensors", 1000))
    assert len(steps) == whole.step + 1, "it began anew, or at an evaluation, instead of going on"
    assert _without_seconds(resumed) == _without_seconds(whole)
    assert torch.equal(predict(model, data.test), predict(whole_model, data.test))


@pytest.mark.parametrize("numbers", [(signal.SIGHUP, signal.SIGHUP), (signal.SIGHUP, signal.SIGTERM)])
def test_a_hang_up_never_ends_training_without_its_checkpoint(data, tmp_path, monkeypatch, numbers):
    def interrupting(*arguments):
        for number in numbers:
            signal.raise_signal(number)
        return train_step(*arguments)

    monkeypatch.setattr(loop, "train_step", interrupting)
    with pytest.raises(Interrupted, match="after step 1, with a checkpoint"):
        _fit(data, _spec(), checkpoint=Checkpoint(tmp_path / "c.safetensors", 1000))


def test_training_under_nohup_goes_on_after_a_hang_up(data, monkeypatch):
    def hung_up(*arguments):
        signal.raise_signal(signal.SIGHUP)
        return train_step(*arguments)

    whole = _fit(data, _spec())[1]
    monkeypatch.setattr(loop, "train_step", hung_up)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert _without_seconds(_fit(data, _spec())[1]) == _without_seconds(whole)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("place", [0.0, 0.01, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("cut", [False, True], ids=["flipped", "cut"])
def test_a_damaged_checkpoint_is_as_good_as_none(data, tmp_path, place, cut):
    file = tmp_path / "c.safetensors"
    model, whole = _fit(data, _spec(), checkpoint=Checkpoint(file, 0))
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 0x10
    file.write_bytes(content[: int(place * len(content))] if cut else content)
    assert _without_seconds(_fit(data, _spec(), checkpoint=Checkpoint(file, 1000))[1]) == _without_seconds(whole)


def test_training_learns_and_ends_with_the_weights_of_its_best_evaluation(data):
    model, progress = _fit(data, _spec("fixed", ("cross_entropy",)), settings=replace(SETTINGS, epochs=12))
    values = [each.valid["auc"] for each in progress.history]
    assert progress.best_value == max(values) > 0.7
    valid = evaluate(predict(model, data.valid), data.valid.y, "binary")
    assert valid == progress.best.valid
    assert progress.best.step < progress.step, "choose a longer training: the last evaluation was the best"


def test_patience_stops_training(data):
    settings = replace(SETTINGS, epochs=50, patience=2)
    _, progress = _fit(data, _spec("fixed", ("cross_entropy",)), settings=settings)
    values = [each.valid["auc"] for each in progress.history]
    assert progress.stopped == "patience"
    assert values.index(max(values)) == len(values) - 3


def test_a_report_can_end_a_training(data):
    _, progress = _fit(data, _spec(), prune=lambda step, value: step >= 10)
    assert progress.stopped == "pruned" and progress.step == 10


@pytest.mark.parametrize(
    ("rows", "settings", "max_steps", "evaluated_after"),
    [
        (1000, {"batch_size": 100, "epochs": 1, "evaluations_per_epoch": 4}, None, [2, 5, 7, 10]),
        (1050, {"batch_size": 100, "epochs": 2, "evaluations_per_epoch": 1}, None, [10, 20]),
        (250, {"batch_size": 100, "epochs": 2, "evaluations_per_epoch": 4}, None, [1, 2, 3, 4]),
        (50, {"batch_size": 100, "epochs": 2, "evaluations_per_epoch": 4}, None, [1, 2]),
        (1000, {"batch_size": 100, "epochs": 5, "evaluations_per_epoch": 2}, 13, [5, 10, 13]),
    ],
)
def test_evaluations_divide_each_epoch_evenly(rows, settings, max_steps, evaluated_after):
    schedule = Schedule(rows, replace(SETTINGS, **settings), max_steps)
    assert [s for s in range(1, schedule.last + 1) if schedule.evaluates_after(s)] == evaluated_after


def test_a_loss_that_is_no_number_stops_training_with_one_line(data):
    with pytest.raises(UserError, match="training loss is (nan|inf) between steps 0 and 5: expected a finite number"):
        _fit(data, _spec("fixed", ("focal",)), settings=replace(SETTINGS, learning_rate=1e30))


def test_split_validation_teaches_with_rows_that_do_not_stop_training(data, monkeypatch):
    taught = []
    monkeypatch.setattr("autoloss.methods.autoloss.AutoLoss.update", lambda self, ahead: taught.append(ahead))
    _, progress = _fit(data, _spec(), settings=replace(SETTINGS, split_validation=True))
    even = {tuple(row) for row in data.valid.ids[::2].tolist()}
    assert {tuple(row) for ahead in taught for row in ahead.valid_inputs.tolist()} <= even
    assert progress.history[-1].valid_examples == 100 * len(taught)


def test_a_cell_writes_its_files_and_what_it_cost(data, tmp_path):
    entry.compute("train", _spec(), 0, data, {}, tmp_path, tmp_path)
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
    entry.compute("train", _spec(), 0, data, {}, source, source)
    entry.compute("train", _spec(), 0, data, {"controller": source}, target, target)
    assert (target / "controller.safetensors").read_bytes() == (source / "controller.safetensors").read_bytes()
    assert records.read(TrainingOutcome, target / OUTCOME).cost.controller_updates == 0


def test_the_cost_of_all_searches_before_a_training_run_is_counted(tmp_path):
    upstream = {"tune": tmp_path / "tune", "search": tmp_path / "search"}
    records.write(TuningOutcome(Tuned({}, {}), [], SearchCost(7, 2, 1.0)), upstream["tune"] / OUTCOME)
    records.write(SearchOutcome([1.0], [], SearchCost(20, 3, 2.0)), upstream["search"] / OUTCOME)
    assert search.spent(upstream) == SearchCost(27, 5, 3.0)


def test_the_method_starts_alike_whatever_the_model_drew(data):
    small = _spec()
    large = replace(small, model=PlugIn("deepfm", {"dim": 8, "mlp": [16]}))
    methods: list[Method] = [build(spec, data, 3)[1] for spec in (small, large)]
    for (name, one), (_, other) in zip(*(m.state_dict().items() for m in methods), strict=True):
        assert torch.equal(one, other), name
