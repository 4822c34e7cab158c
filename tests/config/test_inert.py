"""A setting without effect at any scale is refused; one that has an effect at some scale is not."""

import pytest

from autoloss import config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"datasets": {"criteo-x4": {"synthetic_seed": 1}}}, "synthetic_seed: has no effect: source is remote, no"),
        ({"datasets": {"criteo-x4": {"split_seed": 1}}}, "split_seed: has no effect: the split is the published one"),
        ({"datasets": {"corrupted": {"max_bad_rows": 1}}}, "max_bad_rows: has no effect: generated rows are never"),
        ({"methods": {"autoloss_global": {"hidden": [8]}}}, "autoloss does not use it when not example_input"),
        ({"methods": {"autoloss_anneal": {"temperature_rate": 0.1}}}, "autoloss does not use it when anneal_steps > 0"),
        ({"methods": {"autoloss_average": {"weights": [1, 0, 0, 0]}}}, "manual does not use it when controller_from"),
        ({"models": {"autoint": {"mlp": [], "dropout": 0.5}}}, "dropout: has no effect: autoint does not use it"),
    ],
)  # fmt: skip
def test_a_setting_without_effect_at_any_scale_is_refused(write, changes, message, refused):
    assert message in refused(write(**changes))


@pytest.mark.parametrize(
    ("use", "key", "value"),
    [
        ("autoloss", "learning_rate", 0.5),
        ("autoloss", "warmup", 3),
        ("autoloss", "objective", "mixture"),
        ("autoloss", "barrier", 0.1),
        ("autoloss_tabular", "warmup", 3),
        ("slf", "learning_rate", 0.5),
    ],
)
def test_a_setting_of_learning_is_refused_beside_a_controller_that_has_learned(write, refused, use, key, value):
    entry = {"use": use, "losses": ["focal", "cross_entropy"], "controller_from": use, key: value}
    assert f"{key}: has no effect: {use} does not use it when controller_from" in refused(write(methods={"new": entry}))


@pytest.mark.parametrize(
    "changes",
    [
        {
            "datasets": {
                "criteo": {
                    "source": {"demo": "synthetic", "small": "remote", "full": "remote"},
                    "rows": 1000,
                    "synthetic_seed": 1,
                    "max_bad_rows": 1,
                }
            }
        },  # generated at one scale, read at others
        {"datasets": {"criteo-x4": {"synthetic_seed": 0}}},  # the default
        {"datasets": {"criteo-x4": {"split_seed": 1, "flip_positives": 0.1}}},  # seeds the flips
        {"training": {"searched": {"learning_rate": 0.1}}},  # of the first trial
        {"methods": {"autoloss": {"anneal_steps": {"demo": 0, "small": 5, "full": 5}, "temperature_rate": 0.1}}},
        {"methods": {"new": {"like": "autoloss", "controller_from": "autoloss"}}},  # its learning rate is inherited
        {"methods": {"new": {"like": "autoloss", "controller_from": "autoloss", "every": 3}}},  # of gradient scales
        {"methods": {"autoloss": {"temperature_rate": 0.1}}},  # autoloss_anneal inherits it, and has no use for it
    ],
)
def test_a_setting_with_an_effect_at_some_scale_is_accepted(write, changes):
    assert config.load(write(**changes)).scale == "demo"
