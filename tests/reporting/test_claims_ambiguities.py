"""What the paper leaves open, and the variants that show how much it matters."""

from pathlib import Path

import pytest

from autoloss import config, registry
from autoloss.errors import UserError
from autoloss.reporting.claims.ambiguities import Variant, load_ambiguities, shifts
from autoloss.reporting.results import Result

ROOT = Path(__file__).parents[2]
QUESTIONS = load_ambiguities(ROOT / "reports" / "paper")


def test_every_question_has_a_default_a_reason_and_a_mark():
    assert len(QUESTIONS) == 15
    for question in QUESTIONS:
        assert question.question.endswith("?") and question.default
        assert question.reason[0] in "PGBD"


def test_the_keys_that_settle_a_question_exist_in_params_yaml():
    settings = config.load(ROOT / "params.yaml", "full")
    for where in (w for question in QUESTIONS for w in question.where):
        section, *rest = where.split(".")
        if not rest:
            assert section in type(settings).model_fields
            continue
        name, key = rest
        entry = getattr(settings, section)[name]
        known = set(type(entry).model_fields)
        if section in registry.KINDS:
            known |= set(registry.hyperparameters(section, entry.use).model_fields)
        assert key in known, where


def trained(method="autoloss", seed=0, auc=0.8, **more):
    names = {"dataset": "ml-20m", "model": "deepfm", "training": "paper"} | more
    filled = {"cell_id": "c", "experiment": "x", "kind": "train", "scale": "small"}
    return Result(method=method, seed=seed, test={"auc": auc, "logloss": 1 - auc}, **filled, **names)


def test_a_variant_of_a_method_is_compared_with_its_default_seed_by_seed():
    results = [trained(seed=s, auc=0.80 + 0.001 * s) for s in range(4)]
    results += [trained("autoloss_hard", s, auc=0.79 + 0.001 * s + 1e-4 * (s % 2)) for s in (0, 1, 2, 9)]
    results += [trained("ce", s, auc=0.7) for s in range(4)]
    auc, logloss = shifts(Variant(kind="method", name="autoloss_hard", of="autoloss"), results)
    assert (
        auc.comparison.metric,
        auc.comparison.place.dataset,
        auc.comparison.method,
        auc.comparison.over_seeds.n,
    ) == ("auc", "ml-20m", "autoloss", 3)
    assert auc.comparison.over_seeds.difference == pytest.approx(-0.01 + 1e-4 / 3)
    assert logloss.comparison.over_seeds.difference == pytest.approx(0.01 - 1e-4 / 3)


@pytest.mark.parametrize(
    ("kind", "name", "of"),
    [("training", "tuned", "paper"), ("dataset", "ml-20m-half-down", "ml-20m"), ("model", "deepfm_tuned", "deepfm")],
)
def test_other_variants_move_the_result_of_autoloss(kind, name, of):
    results = [trained(seed=s) for s in range(3)] + [trained(seed=s, auc=0.82, **{kind: name}) for s in range(3)]
    results += [trained("ce", s, 0.79) for s in range(3)] + [trained("ce", s, 0.5, **{kind: name}) for s in range(3)]
    auc, _ = shifts(Variant(kind=kind, name=name, of=of), results)
    assert (auc.comparison.method, auc.comparison.over_seeds.n) == ("autoloss", 3)
    assert auc.comparison.over_seeds.difference == pytest.approx(0.02)


def test_a_variant_that_was_not_trained_moves_nothing():
    assert shifts(Variant(kind="method", name="autoloss_hard", of="autoloss"), [trained()]) == []


def test_an_unknown_key_is_one_clear_line(tmp_path):
    (tmp_path / "ambiguities.yaml").write_text("- {id: a, question: b?, default: c, reason: D, wher: []}")
    with pytest.raises(UserError, match="ambiguities.yaml"):
        load_ambiguities(tmp_path)
