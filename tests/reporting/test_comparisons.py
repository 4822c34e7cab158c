"""Comparisons: the best baseline, what is corrected together, and that stars and verdicts are the same thing."""

import math

import fake_cells
import fake_files
import numpy as np
import pytest

from autoloss.reporting.claims import load_claims, verify
from autoloss.reporting.comparisons import Comparisons, against_best, compared, correct, correction
from autoloss.reporting.groups import Group, Place
from autoloss.reporting.results import Result
from autoloss.statistics import compare

PLACE = Place("criteo", "deepfm")
BASE = np.array([0.80, 0.81, 0.79, 0.805, 0.795])
JITTER = np.array([0.0, 1e-4, -1e-4, 2e-4, -2e-4])


def trained(method, seed, experiment="overall", dataset="criteo", model="deepfm", **test):
    names = {"experiment": experiment, "dataset": dataset, "model": model, "method": method}
    return Result(f"{method}-{model}-{dataset}-s{seed}", **names, kind="train", scale="small", training="paper",
                  seed=seed, test=test)  # fmt: skip


def groups(**methods):
    """{method: its seeds} from {method: AUC by seed}."""
    seeds = {m: dict(enumerate(v)) if not isinstance(v, dict) else v for m, v in methods.items()}
    return {m: Group(tuple(trained(m, s, auc=x, logloss=x) for s, x in values.items())) for m, values in seeds.items()}


def best(methods, metric="auc"):
    return against_best(PLACE, metric, methods, "autoloss")


def test_the_best_baseline_has_the_best_mean_over_the_seeds_it_shares_with_ours():
    methods = groups(ce=[0.7, 0.8], slf=[0.74, 0.75, 0.99], autoloss=[0.9, 0.9])
    assert best(methods).baseline == "ce"
    assert best(methods, "logloss").baseline == "slf"


def test_a_tie_goes_to_the_first_and_no_shared_seed_to_none():
    assert best(groups(kl=[0.5], ce=[0.5], autoloss=[0.9])).baseline == "kl"
    assert best(groups(ce={5: 0.1}, autoloss={0: 0.2})).baseline is None


def test_a_star_needs_the_good_direction_of_the_metric():
    methods = groups(autoloss=BASE + 0.01 + JITTER, ce=BASE)
    up, down = correct([best(methods), best(methods, "logloss")])
    assert up.p_adjusted < 0.05 and up.significantly_better and up.advantage > 0
    assert down.p_adjusted < 0.05 and down.significant and not down.significantly_better


def test_a_star_can_be_lost_to_the_correction():
    near = best(groups(autoloss=BASE + 2.5e-4 + JITTER, ce=BASE))
    unclear = [best(groups(autoloss=BASE + JITTER * (k + 1), ce=BASE)) for k in range(7)]
    assert 0.01 < near.over_seeds.p < 0.05
    assert correct([near])[0].significantly_better
    corrected = correct([near, *unclear])[0]
    assert not corrected.significantly_better
    assert corrected.p_adjusted == pytest.approx(8 * near.over_seeds.p)


@pytest.mark.parametrize(
    "methods",
    [
        groups(autoloss=[0.9], ce=[0.8]),
        groups(autoloss=[0.9, 0.9, 0.9], ce=[0.8, 0.8, 0.8]),
        groups(autoloss=[0.8, 0.7], ce=[0.8, 0.7]),
        groups(autoloss=[math.nan] * 3, ce=[0.8, 0.7, 0.6]),
        groups(autoloss=[0.9, 0.8, 0.85]),
        groups(ce=[0.9, 0.8, 0.85]),
    ],
    ids=["one seed", "no spread", "all equal", "all NaN", "no baseline", "no AutoLoss"],
)
def test_thin_data_never_earn_a_star(methods):
    assert not correct([best(methods)])[0].significantly_better


def of(metric, difference):
    theirs = dict(enumerate(BASE))
    ours = {s: theirs[s] + difference + JITTER[s] for s in theirs}
    return compared(PLACE, metric, "autoloss", ours, "ce", theirs)


def test_auc_and_logloss_are_corrected_together_and_calibrated_logloss_apart():
    found = correct([of("auc", 3e-4), of("logloss", -3e-4), of("auc", 2e-4), of("logloss_calibrated", -3e-4)])
    assert [c.corrected_over for c in found] == [*["the 3 comparisons in AUC and logloss"] * 3, ""]
    assert found[3].p_adjusted == found[3].over_seeds.p
    assert found[0].p_adjusted == pytest.approx(3 * found[0].over_seeds.p)


def test_tables_and_sentences_name_the_same_family():
    found = correct([of("auc", 3e-4), of("logloss", -3e-4), *[of("logloss_calibrated", -3e-4)] * 2])
    assert correction(found[0]) == "after Holm's correction over the 2 comparisons in AUC and logloss"
    assert correction(*found) == (
        "after Holm's correction over the 2 comparisons in AUC and logloss, "
        "and over the 2 comparisons in logloss after calibration"
    )
    assert correction(of("auc", 3e-4)) == ""


def project(seed, seeds):
    """Everything of the paper's table with random leads of AutoLoss."""
    random = np.random.default_rng(seed)
    overall = {"datasets": ["criteo", "ml-20m"], "models": ["deepfm", "ipnn"], "methods": fake_cells.PAPER_METHODS}
    results = []
    for dataset in overall["datasets"]:
        for model in overall["models"]:
            lead = random.choice([-1, 0, 0.5, 1, 2]) * 1e-3
            for method in overall["methods"]:
                for s in range(seeds):
                    auc = 0.8 + lead * (method == "autoloss") + 4e-4 * random.normal()
                    logloss = 1.2 - auc + 3e-4 * random.normal()
                    calibrated = 1.2 - auc + 3e-4 * random.normal()
                    test = {"auc": auc, "logloss": logloss, "logloss_calibrated": calibrated}
                    results.append(trained(method, s, dataset=dataset, model=model, **test))
    return fake_cells.config(scale="small", overall=overall), results


@pytest.mark.parametrize("seed", range(6))
def test_a_number_has_a_star_if_and_only_if_the_claim_of_significance_is_reproduced(seed):
    config, results = project(seed, seeds=3 + seed % 3)
    comparisons = Comparisons(config, results)
    claims = [c for c in load_claims(fake_files.PAPER) if c.id.startswith("significant/")]
    verdicts = {v.id: v for v in verify(claims, results, comparisons.paper)}
    assert len(verdicts) == 8
    for claim in claims:
        star = comparisons.headline("overall")[claim.dataset, claim.model, claim.metric]
        verdict, stars = verdicts[claim.id], [star]
        if claim.metric == "logloss":  # a gain counts only if calibration leaves it
            stars.append(comparisons.headline("overall")[claim.dataset, claim.model, "logloss_calibrated"])
        assert (verdict.verdict == "reproduced") == all(c.significantly_better for c in stars)
        assert star.significantly_better or (verdict.verdict == "not reproduced") == star.significant
        assert verdict.p == star.p_adjusted and verdict.ours == star.over_seeds.difference


def test_variants_of_autoloss_are_no_baselines_and_a_comparison_is_made_once():
    results = [trained(m, s, auc=x + 1e-4 * s, logloss=1 - x, logloss_calibrated=1 - x)
               for m, x in (("autoloss", 0.8), ("autoloss_f1", 0.9), ("ce", 0.7)) for s in range(3)]  # fmt: skip
    methods = ["autoloss", "autoloss_f1", "ce"]
    config = fake_cells.config(overall={"datasets": ["criteo"], "models": ["deepfm"], "methods": methods})
    comparisons = Comparisons(config, results)
    assert comparisons.headline("overall")["criteo", "deepfm", "auc"].baseline == "ce"
    assert comparisons.headline("overall") is comparisons.headline("overall")


def test_the_difference_is_that_of_the_paired_test():
    ours, theirs = dict(enumerate(BASE + JITTER)), dict(enumerate(BASE))
    found = compared(PLACE, "auc", "autoloss", ours, "ce", theirs)
    assert found.over_seeds == compare(ours, theirs) and found.p_adjusted == found.over_seeds.p
