"""Values that depend on the scale, and experiments that do not run at all of them."""

import pytest

from autoloss import config


def test_a_mapping_of_scales_holds_what_stands_under_the_one_in_force(edit):
    path = edit()
    assert [config.load(path, scale).seeds for scale in config.SCALES] == [3, 5, 5]
    assert [config.load(path, scale).datasets["clicks"].rows for scale in config.SCALES] == [1000, 2000, None]
    assert [config.load(path, scale).methods["autoloss"].params["warmup"] for scale in config.SCALES] == [20, 20, 200]


def test_a_plain_value_holds_at_every_scale(edit):
    path = edit(("warmup: {demo: 20, small: 20, full: 200}", "warmup: 10"), ("{demo: 3, small: 5, full: 5}", "7"))
    loaded = [config.load(path, scale) for scale in config.SCALES]
    assert [each.methods["autoloss"].params["warmup"] for each in loaded] == [10, 10, 10]
    assert [each.seeds for each in loaded] == [7, 7, 7]


def test_the_scale_of_the_file_is_in_force_unless_another_is_asked_for(edit):
    path = edit(("scale: demo", "scale: full"))
    assert config.load(path).scale == "full" and config.load(path).seeds == 5
    assert config.load(path, "demo").scale == "demo" and config.load(path, "demo").seeds == 3


def test_scales_may_stand_inside_a_value(edit):
    rates = "{demo: [0.1, 0.2], small: [0.2, 0.3], full: [0.3, 0.4]}"
    tuning = f"{{trials: 2, learning_rate: {rates}, weight_decay: [1.0e-6, 0.1]}}"
    path = edit(("    batch_size: 500", f"    batch_size: 500\n    tuning: {tuning}"))
    found = [config.load(path, scale).training["paper"].tuning.learning_rate for scale in config.SCALES]
    assert found == [(0.1, 0.2), (0.2, 0.3), (0.3, 0.4)]


def test_the_mapping_of_a_plugin_is_left_alone(edit, tmp_path, monkeypatch):
    from autoloss import registry

    for kind in registry.KINDS:
        (tmp_path / kind).mkdir()
        for name in registry.names(kind):
            (tmp_path / kind / f"{name}.py").write_bytes((registry.PACKAGE / kind / f"{name}.py").read_bytes())
    (tmp_path / "losses" / "costs.py").write_text(
        "class Costs:\n    def __init__(self, *, costs: dict[str, float] = {}): pass\n"
    )
    monkeypatch.setattr(registry, "PACKAGE", tmp_path)
    path = edit(("  cross_entropy:\n", "  cross_entropy:\n  costs: {costs: {a: 1, b: {demo: 2, small: 3, full: 4}}}\n"))
    found = [config.load(path, scale).losses["costs"].params["costs"] for scale in config.SCALES]
    assert found == [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 1, "b": 4}]


def test_a_name_may_be_that_of_a_scale(edit):
    path = edit(("  rest:", "  full:"), ("  ce: {", "  small: {use: fixed, losses: [focal]}\n  ce: {"))
    assert "full" in config.load(path, "full").experiments and "small" in config.load(path, "full").methods


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        (("seeds: {demo: 3, small: 5, full: 5}", "seeds: {demo: 3, full: 5}"),
         ":2: seeds: has no value for scale small; expected a value for each of demo, small and full"),
        (("seeds: {demo: 3, small: 5, full: 5}", "seeds: {demo: 3, smal: 5, full: 5}"),
         ":2: seeds: mixes scales with other keys (smal); expected demo, small and full alone"),
        (("rows: {demo: 1000, small: 2000, full: null}", "rows: {demo: 1000}"),
         ":8: datasets.clicks.rows: has no value for scale small; expected"),
        (("autoloss_f1: {like: autoloss, every: 1}", "autoloss_f1: {demo: {like: autoloss}}"),
         ":19: methods.autoloss_f1.demo: an entry as a whole cannot depend on the scale; its values"),
        (("  ce: {use: fixed", "  ce: {demo: 1, use: fixed"),
         ":15: methods.ce.demo: an entry as a whole cannot depend on the scale; its values can"),
        (("scales: [small, full]", "scales: [small, ful]"), ":30: experiments.rest.scales: unknown scale 'ful'; did"),
        (("scales: [small, full]", "scales: []"), ":30: experiments.rest.scales: expected a list of scales, found []"),
        (("scales: [small, full]", "scales: full"), ":30: experiments.rest.scales: expected a list of scales, found"),
        (("scales: [small, full]\n", "like: ce\n"), ":31: experiments.rest.like: is defined twice, first in line 30"),
        (("    scales: [small, full]\n", ""), ":31: experiments.rest.methods: has no value for scale demo; expected"),
        (("scale: demo", "scale: {demo: demo, small: demo, full: demo}"), ":1: scale: unknown scale"),
    ],
)  # fmt: skip
def test_a_mapping_of_scales_is_whole_or_refused(edit, replaced, message, refused):
    assert refused(edit(replaced)).startswith(message)


def test_an_experiment_runs_at_its_scales_alone(edit):
    path = edit()
    assert [list(config.load(path, scale).experiments) for scale in config.SCALES] == [
        ["overall"], ["overall", "rest"], ["overall", "rest"],
    ]  # fmt: skip
    assert config.load(path, "small").experiments["rest"].methods == ("ce",)
    assert config.load(path, "full").experiments["rest"].methods == ("autoloss_f1",)


def test_a_value_for_a_scale_at_which_the_experiment_does_not_run_is_checked_too(edit, refused):
    path = edit(("methods: {small: [ce], full: [autoloss_f1]}", "seeds: {demo: 0, small: 1, full: 1}"))
    assert refused(path) == ":32: experiments.rest.seeds.demo: expected at least 1, found 0"


def test_a_dataset_that_no_experiment_uses_at_a_scale_is_not_needed_there(write):
    path = write()
    assert "criteo-x4" in config.load(path, "demo").datasets
    assert "criteo-x4" not in config.load(path, "demo").used_datasets()
    assert "criteo-x4" in config.load(path, "full").used_datasets()
