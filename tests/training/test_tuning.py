"""The search for settings: the same budget for every method, decided by validation, resumable."""

from dataclasses import replace

import pytest
from fake_records import SETTINGS
from fake_records import spec as fake_spec

from autoloss import records
from autoloss.errors import UserError
from autoloss.training import tuning
from autoloss.training.build import build
from autoloss.training.loop import fit
from autoloss.training.outcome import OUTCOME, SearchCost, Tuned, TuningOutcome
from autoloss.training.spec import Tuning

RATES = {"learning_rate": (1e-4, 1e-1), "weight_decay": (1e-6, 1e-3)}


def test_the_first_trial_has_the_settings_as_they_stand_and_all_others_lie_within_the_bounds():
    first, *others = tuning.draw(Tuning(40, RATES, {"warmup": (0, 20), "every": (3, 4)}))
    assert first == Tuned({}, {}) and len(others) == 39
    for name, (low, high) in RATES.items():
        values = [trial.training[name] for trial in others]
        assert all(low <= value <= high for value in values)
        below = sum(value < (low * high) ** 0.5 for value in values)
        assert 15 <= below <= 24, "not uniform in the logarithm"
    assert {trial.method["every"] for trial in others} == {3, 4}
    assert {0, 20} <= {trial.method["warmup"] for trial in others} <= set(range(21))


def test_every_method_tries_the_same_settings_of_the_training():
    plain, own = (tuning.draw(Tuning(18, RATES, method)) for method in ({}, {"warmup": (0, 200), "b": (0.1, 1.0)}))
    assert [trial.training for trial in plain] == [trial.training for trial in own]
    assert len({tuple(trial.training.values()) for trial in plain}) == 18


def test_the_best_trial_wins_and_a_killed_search_resumes(data, tmp_path, monkeypatch):
    bounds = Tuning(4, RATES, {"warmup": (0, 9)})
    spec = replace(fake_spec("autoloss", ("focal", "cross_entropy"), warmup=3, every=2), tuning=bounds)
    whole = tuning.tune(spec, 0, data, lambda method: None, tmp_path)
    assert [trial.settings for trial in whole.trials] == tuning.draw(bounds)
    for trial in whole.trials:
        changed = replace(spec.method, params={**spec.method.params, **trial.settings.method})
        model, method = build(replace(spec, method=changed), data, 0)
        assert trial.value == fit(model, method, data, replace(SETTINGS, **trial.settings.training), 0).best_value
    best = max(whole.trials, key=lambda trial: trial.value)
    assert whole.settings == best.settings and best.settings != whole.trials[0].settings
    assert whole.cost.search_steps == 4 * 30

    journal = tmp_path / "trials.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:3]) + lines[3][:20])
    trained = []
    monkeypatch.setattr(tuning, "fit", lambda *a, **k: trained.append(1) or fit(*a, **k))
    assert tuning.tune(spec, 0, data, lambda method: None, tmp_path).settings == whole.settings
    assert len(trained) == 1


def test_a_trial_that_diverges_is_a_failed_one_and_the_search_goes_on(data, tmp_path):
    spec = replace(fake_spec("fixed", ("focal",)), tuning=Tuning(4, {"learning_rate": (1e-3, 1e35)}, {}))
    found = tuning.tune(spec, 0, data, lambda method: None, tmp_path)
    failed = [trial for trial in found.trials if trial.value is None]
    assert failed and all("expected a finite number" in trial.error for trial in failed)
    assert found.settings == max(found.trials, key=lambda trial: trial.value or -1).settings
    assert tuning.tune(spec, 0, data, lambda method: None, tmp_path) == found, "a failed trial was trained again"


def test_a_search_in_which_every_trial_diverges_fails_in_one_line(data, tmp_path):
    spec = replace(fake_spec("fixed", ("focal",)), tuning=Tuning(2, {"learning_rate": (1e34, 1e35)}, {}))
    spec = replace(spec, training=replace(spec.training, learning_rate=1e34))
    with pytest.raises(UserError, match="all 2 training runs failed; training loss is"):
        tuning.tune(spec, 0, data, lambda method: None, tmp_path)


def test_a_training_run_takes_the_tuned_settings(tmp_path):
    spec = fake_spec("autoloss", ("focal",), warmup=3)
    found = Tuned({"learning_rate": 0.5}, {"warmup": 7})
    records.write(TuningOutcome(found, [], SearchCost(7, 2, 1.0)), tmp_path / OUTCOME)
    changed = tuning.tuned(spec, {"tune": tmp_path})
    assert changed.training == replace(spec.training, learning_rate=0.5)
    assert changed.method.params == {**spec.method.params, "warmup": 7}
    assert isinstance(changed.method.params["warmup"], int)
    assert tuning.tuned(spec, {}) == spec


@pytest.mark.parametrize("value", [(0, 200), (0.01, 0.1)])
def test_bounds_keep_their_type_when_stored(value):
    stored = records.from_json(Tuning, records.to_json(Tuning(2, RATES, {"x": value})), "here")
    assert [type(bound) for bound in stored.method["x"]] == [type(bound) for bound in value]
