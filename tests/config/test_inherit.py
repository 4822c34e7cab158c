"""`like: NAME`."""

import pytest

from autoloss import config


def test_an_entry_takes_what_it_does_not_say(edit):
    loaded = config.load(edit(), "full")
    variant, base = loaded.methods["autoloss_f1"], loaded.methods["autoloss"]
    assert (variant.name, variant.use, variant.losses) == ("autoloss_f1", "autoloss", base.losses)
    assert variant.params == {**base.params, "every": 1}
    assert variant.params["warmup"] == 200


@pytest.mark.parametrize(
    ("section", "base", "variant"),
    [
        ("datasets", "clicks", {"threshold": 3}),
        ("losses", "focal", {"alpha": 0.5}),
        ("models", "deepfm", {"dropout": 0.5}),
        ("training", "paper", {"patience": 3}),
        ("experiments", "overall", {"seeds": 2}),
    ],
)
def test_every_section_inherits(edit, section, base, variant):
    keys = ", ".join(f"{key}: {value}" for key, value in variant.items())
    loaded = config.load(edit((f"{section}:\n", f"{section}:\n  other: {{like: {base}, {keys}}}\n")))
    found, original = getattr(loaded, section)["other"], getattr(loaded, section)[base]
    if hasattr(original, "params"):
        fields = {k: v for k, v in variant.items() if k in type(original).model_fields}
        params = {**original.params, **{k: v for k, v in variant.items() if k not in fields}}
        expected = original.model_copy(update={**fields, "params": params, "name": "other"})
    else:
        expected = original.model_copy(update=variant)
    assert found == expected and found != original


def test_a_chain_gives_the_nearest_value(edit):
    chain = "  f2: {like: autoloss_f1, warmup: 5}\n  autoloss_f1: {"
    params = config.load(edit(("  autoloss_f1: {", chain)), "full").methods["f2"].params
    assert (params["every"], params["warmup"]) == (1, 5)


def test_a_null_is_a_value_and_not_inherited(edit):
    path = edit(("losses:\n", "  all: {like: clicks, source: rows.csv, rows: null}\nlosses:\n"))
    assert config.load(path, "demo").datasets["all"].rows is None


def test_an_experiment_inherits_where_it_runs_too(edit):
    path = edit(("  rest:\n", "  more: {like: rest, seeds: 1}\n  rest:\n"))
    assert "more" not in config.load(path, "demo").experiments
    assert config.load(path, "full").experiments["more"].methods == ("autoloss_f1",)


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ([("like: autoloss,", "like: autolos,")],
         ":19: methods.autoloss_f1.like: unknown entry 'autolos'; did you mean 'autoloss'?"),
        ([("like: autoloss,", "like: [autoloss],")], ":19: methods.autoloss_f1.like: expected the name of an entry"),
        ([("    losses: [focal, cross_entropy]", "    like: autoloss_f1")],
         ":19: methods.autoloss_f1.like: is circular: autoloss → autoloss_f1 → autoloss"),
        ([("like: autoloss,", "like: autoloss_f1,")],
         ":19: methods.autoloss_f1.like: is circular: autoloss_f1 → autoloss_f1"),
        ([("training:\n", "  a: {like: autoloss_f1}\n  b: {like: a}\ntraining:\n")],
         ":19: methods.autoloss_f1.like: b → a → autoloss_f1 → autoloss is a chain of 4 entries, expected at most 3"),
        ([("like: autoloss,", "like: autoloss, use: darts,")],
         ":19: methods.autoloss_f1: warmup (like autoloss, line 18): unknown key 'warmup'; known:"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_one_line(edit, replaced, message, refused):
    assert refused(edit(*replaced)).startswith(message)
