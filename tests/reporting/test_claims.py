"""The paper's claims and the verdicts on them."""

from dataclasses import replace
from pathlib import Path

import fake_cells
import numpy as np
import pytest
from fake_facts import REAL, fake_facts

from autoloss.errors import UserError
from autoloss.reporting.claims import load_claims, load_paper, verify
from autoloss.reporting.comparisons import Comparisons
from autoloss.reporting.results import Result

FOLDER = Path(__file__).parents[2] / "reports" / "paper"
CLAIMS, PAPER = load_claims(FOLDER), load_paper(FOLDER)
FAMILIES = [("focal", "kl", "hinge", "ce"), ("melu", "bohb", "darts"), ("slf", "autoloss")]
ROWS = [(d, m, k, row) for d, models in PAPER.items() for m, metrics in models.items() for k, row in metrics.items()]
NOISE = 2e-5


def cell(method, seed, dataset="criteo", model="deepfm", scale="full", kind="train", **more):
    source = more.get("transfer_from")
    name = f"{kind}-{method}-{model}-{dataset}-{source}-s{seed}-{more.get('hardware')}"
    test = {k: more.pop(k) for k in ("auc", "logloss", "logloss_calibrated") if k in more}
    filled = {"cell_id": name, "experiment": "overall", "training": "paper", "test": test or None} | more
    return Result(kind=kind, scale=scale, dataset=dataset, model=model, method=method, seed=seed, **filled)


def papers_results(seeds=5, scale="full", shift=None, noise=NOISE):
    """Results that equal the paper's numbers, with a little noise; `shift` = {method: what is added to its AUC}."""
    random = np.random.default_rng(0)
    return [
        cell(
            method,
            seed,
            dataset,
            model,
            scale,
            auc=metrics["auc"][method] + (shift or {}).get(method, 0) + noise * random.normal(),
            logloss=metrics["logloss"][method] + noise * random.normal(),
        )
        for dataset, models in PAPER.items()
        for model, metrics in models.items()
        for method in metrics["auc"]
        for seed in range(seeds)
    ]


OVERALL = {"datasets": ["criteo", "ml-20m"], "models": ["deepfm", "ipnn"], "methods": fake_cells.PAPER_METHODS}
CONFIG = fake_cells.config(scale="full", overall=OVERALL)


def verdicts(results, claims=CLAIMS, **more):
    return {v.id: v for v in verify(claims, results, Comparisons(CONFIG, results).paper, **more)}


def test_results_like_the_papers_reproduce_all_claims_on_the_table():
    found = verdicts(papers_results())
    about_table = [v for i, v in found.items() if i.split("/")[0] in ("overall", "best", "significant")]
    about_table += [found["families/per-example-over-fixed-weights"], found["families/fixed-weights-over-fixed-loss"]]
    assert {v.verdict for v in about_table} == {"reproduced"}
    one = found["significant/criteo/deepfm/auc"]
    assert (one.n, one.paper) == (5, pytest.approx(0.8092 - 0.8081))
    assert one.ours == pytest.approx(0.0011, abs=1e-4)
    assert "5 seeds" in one.explanation and "95 % confidence interval" in one.explanation and "SLF" in one.explanation
    assert len(one.cells) == 45 and all("criteo" in c and "deepfm" in c for c in one.cells)


def test_a_baseline_that_is_clearly_better_refutes():
    found = verdicts(papers_results(shift={"ce": 0.01}))
    assert found["best/every-cell"].verdict == "not reproduced"
    assert "worse than CE" in found["best/every-cell"].explanation
    assert found["significant/criteo/deepfm/auc"].verdict == "not reproduced"
    assert found["significant/criteo/deepfm/logloss"].verdict == "reproduced"
    assert found["overall/criteo/deepfm/ce/auc"].verdict == "not reproduced"


def test_what_the_seeds_cannot_tell_apart_is_within_noise_and_says_how_many_would():
    found = verdicts(papers_results(seeds=3, noise=1e-3))
    star = found["significant/criteo/ipnn/auc"]
    assert star.verdict == found["best/every-cell"].verdict == "within noise"
    assert star.p >= 0.05
    assert "With 80 % power, 3 seeds detect" in star.explanation and "would need about" in star.explanation


def test_a_sentence_on_many_comparisons_counts_both_ways_and_shows_the_largest_counter_example():
    found = verdicts(papers_results(shift={"ce": 0.01}))  # better than all others, in AUC alone
    explanation = found["best/every-cell"].explanation
    assert explanation.startswith(
        "60 of 64 comparisons agree with the claim (all significantly); "
        "4 contradict it (all significantly after Holm's correction). "
        "Largest counter-example: on "
    )
    assert "AutoLoss is worse than CE by 0.0" in explanation and "the 64 comparisons in AUC and logloss" in explanation
    assert verdicts(papers_results())["best/every-cell"].explanation.startswith(
        "All 64 comparisons agree with the claim (all significantly). Weakest support: on "
    )


def with_calibrated(loss_of_autoloss):
    """The paper's results, and a logloss after calibration in which all others are alike."""
    random = np.random.default_rng(4)
    found = []
    for result in papers_results():
        calibrated = (loss_of_autoloss if result.method == "autoloss" else 0.44) + NOISE * random.normal()
        found.append(replace(result, test=result.test | {"logloss_calibrated": calibrated}))
    return found


@pytest.mark.parametrize(("loss", "outcome"), [(0.43, "reproduced"), (0.44, "within noise"), (0.45, "not reproduced")])
def test_a_gain_in_logloss_that_calibration_takes_away_is_better_calibrated_and_not_better(loss, outcome):
    found = verdicts(with_calibrated(loss))
    star, everywhere = found["significant/criteo/ipnn/logloss"], found["best/every-cell"]
    assert star.verdict == outcome
    assert "in logloss after calibration" in star.explanation
    assert ("So the gain is one of calibration alone." in star.explanation) == (outcome != "reproduced")
    assert everywhere.verdict == ("reproduced" if outcome == "reproduced" else "within noise")
    assert found["significant/criteo/ipnn/auc"].verdict == "reproduced"


def test_one_seed_is_no_test():
    found = verdicts(papers_results(seeds=1))
    assert found["significant/ml-20m/ipnn/auc"].verdict == "not testable at this scale"
    assert found["best/every-cell"].verdict == "not testable at this scale"
    value = found["overall/criteo/ipnn/slf/auc"]
    assert value.verdict == "not testable at this scale" and "1 seed, so no confidence interval" in value.explanation


def test_synthetic_rows_test_nothing_but_what_they_gave_is_told():
    known = {name: fake_facts(name) for name in ("criteo", "ml-20m")}
    found = verdicts(papers_results(scale="demo"), datasets=known)
    assert {v.verdict for v in found.values()} == {"not testable at this scale"}
    assert found["best/every-cell"].explanation.startswith("The data of Criteo and ML-20m are synthetic.")
    assert "For reference: " in found["best/every-cell"].explanation
    assert "full data" in found["overall/criteo/ipnn/slf/auc"].explanation


def test_real_rows_are_judged_beside_synthetic_ones():
    known = {"criteo": fake_facts("criteo"), "ml-20m": fake_facts("ml-20m", source=REAL)}
    found = verdicts(papers_results(scale="demo"), datasets=known)
    assert found["significant/criteo/ipnn/auc"].verdict == "not testable at this scale"
    assert found["significant/criteo/ipnn/auc"].explanation.startswith("The data of Criteo are synthetic.")
    assert found["significant/ml-20m/ipnn/auc"].verdict == "reproduced"
    every = found["best/every-cell"]
    assert every.verdict == "not testable at this scale" and "No results for real rows of Criteo." in every.explanation
    assert all("criteo" not in cell for cell in every.cells)
    refuted = verdicts(papers_results(scale="demo", shift={"ce": 0.01}), datasets=known)["best/every-cell"]
    assert refuted.verdict == "not reproduced", "what real rows refute is refuted"


def test_claims_are_tested_on_what_stands_in_for_the_papers_data_and_say_so():
    ratings = "ml-latest-small"
    results = [
        replace(r, dataset=ratings if r.dataset == "ml-20m" else r.dataset) for r in papers_results(scale="demo")
    ]
    config = fake_cells.config(overall={**OVERALL, "datasets": ["criteo", ratings]})
    known = {"criteo": fake_facts("criteo"), ratings: fake_facts(ratings, source=REAL)}
    headline = Comparisons(config, results).paper
    found = {v.id: v for v in verify(CLAIMS, results, headline, known, {"ml-20m": ratings})}
    star = found["significant/ml-20m/ipnn/auc"]
    assert star.verdict == "reproduced" and star.explanation.endswith("ml-latest-small stands in for ML-20m.")
    assert "ml-latest-small stands in for ML-20m." in found["best/every-cell"].explanation
    number = found["overall/ml-20m/ipnn/slf/auc"]
    assert number.verdict == "not testable at this scale", "the paper's own numbers are those of its own data"


def test_the_small_scale_tests_orderings_and_no_absolute_numbers():
    found = verdicts(papers_results(scale="small"))
    assert found["best/every-cell"].verdict == "reproduced"
    assert found["overall/criteo/ipnn/slf/auc"].verdict == "not testable at this scale"


def test_without_results_nothing_is_testable():
    for verdict in verify(CLAIMS, [], {}):
        assert verdict.verdict == "not testable at this scale" and verdict.explanation


def test_missing_and_failed_cells_are_named():
    results = [r for r in papers_results() if not (r.method == "slf" and r.model == "ipnn")]
    found = verdicts(results)
    assert found["best/every-cell"].verdict == "not testable at this scale"
    assert "No results for SLF on Criteo with IPNN" in found["best/every-cell"].explanation
    assert found["significant/criteo/ipnn/auc"].verdict == "not testable at this scale"
    failed = [r for r in papers_results() if r.method == "slf" and r.seed == 4]
    rest = [r for r in papers_results() if r not in failed]
    star = verdicts(rest + [replace(r, state="failed", test=None) for r in failed])["significant/criteo/ipnn/auc"]
    assert star.n == 4 and "1 training run failed" in star.explanation


def test_scales_are_not_mixed():
    with pytest.raises(UserError, match="mix scales, found full and small"):
        verify(CLAIMS, [cell("ce", 0, auc=0.8), cell("ce", 1, auc=0.8, scale="small")], {})


def test_another_training_regime_is_another_result():
    tuned = [replace(r, training="tuned") for r in papers_results()]
    assert verdicts(tuned)["best/every-cell"].verdict == "not testable at this scale"


def transfer(source, model="nfm", dataset="criteo", levels=(0.803, 0.802, 0.801)):
    random = np.random.default_rng(1)
    return [
        cell(method, seed, dataset, model, auc=auc + NOISE * random.normal(), transfer_from=origin)
        for method, auc, origin in zip(("autoloss", "slf", "ce"), levels, (source, source, None), strict=True)
        for seed in range(4)
    ]


def test_transfer_compares_controllers_of_the_named_source_alone():
    found = verdicts(transfer(("criteo", "deepfm")) + transfer(("ml-20m", "autoint")))
    assert found["transfer/deepfm-to-nfm/auc"].verdict == "reproduced"
    assert "AutoLoss* is better than SLF*" in found["transfer/deepfm-to-nfm/auc"].explanation
    assert found["transfer/deepfm-to-autoint/auc"].verdict == "not testable at this scale"
    other = verdicts(transfer(("criteo", "autoint")))
    assert other["transfer/deepfm-to-nfm/auc"].verdict == "not testable at this scale"


def test_transfer_between_datasets_and_its_refutation():
    source = ("criteo", "deepfm")
    found = verdicts(transfer(source, "deepfm", "avazu"))
    assert found["transfer/criteo-to-avazu/auc"].verdict == "reproduced"
    found = verdicts(transfer(source, "deepfm", "avazu", levels=(0.803, 0.801, 0.802)))
    assert found["transfer/criteo-to-avazu/auc"].verdict == "not reproduced"
    assert (
        "1 contradicts it (significantly after Holm's correction)" in found["transfer/criteo-to-avazu/auc"].explanation
    )


def test_counts_of_the_data_are_exact():
    known = {"criteo": fake_facts(rows=45_840_617, field_sizes=(1_086_809, *[0] * 37, 2), source=REAL)}
    found = verdicts(papers_results(), datasets=known)
    outcomes = {q: found[f"datasets/criteo/{q}"].verdict for q in ("rows", "fields", "feature-values", "classes")}
    assert outcomes == {
        "rows": "reproduced", "fields": "reproduced", "feature-values": "not reproduced", "classes": "reproduced",
    }  # fmt: skip
    assert (
        "1,086,811 feature values; the paper reports 1,086,810" in found["datasets/criteo/feature-values"].explanation
    )
    assert found["datasets/ml-20m/rows"].verdict == "not testable at this scale"
    small = verdicts(papers_results(scale="small"), datasets=known)["datasets/criteo/rows"]
    assert small.verdict == "not testable at this scale"
