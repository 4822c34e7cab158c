from dataclasses import replace

import numpy as np
import pytest
from fake_records import HARDWARE, PROVENANCE
from scipy import stats

from autoloss.reporting.results import by_seed, select
from autoloss.reporting.tables.ablations import ablations
from autoloss.reporting.tables.ambiguities import ambiguities
from autoloss.reporting.tables.claims import claims, grouped
from autoloss.reporting.tables.cost import cost
from autoloss.reporting.tables.datasets import datasets
from autoloss.reporting.tables.efficiency import efficiency
from autoloss.reporting.tables.failures import failures
from autoloss.reporting.tables.frequency import frequency
from autoloss.reporting.tables.transfer import transfer
from autoloss.reporting.tables.tuning import tuning
from autoloss.reporting.timings import timings
from autoloss.training.outcome import SearchCost, Tuned, TuningOutcome, TuningTrial


def test_rows_of_every_table_fit_its_columns(material):
    made = [
        make(material) for make in (transfer, efficiency, frequency, ablations, claims, ambiguities, cost, datasets)
    ]
    for table in (*made, failures(material)):
        assert {len(row.values) for row in table.rows} == {len(table.columns)}, table.name


def test_transfer_names_source_and_target_and_compares_on_the_same_seeds(material):
    table = transfer(material)
    assert table.rows[0].values[0].text == "Criteo: DeepFM → NFM"
    assert [c.title for c in table.columns[2:5]] == ["CE", "SLF*", "AutoLoss*"]
    here = select(material.results, experiment="transfer-models")
    ours, slf = (by_seed(select(here, method=m), "auc") for m in ("autoloss", "slf"))
    record = next(r for r in table.records if (r["method"], r["metric"]) == ("autoloss", "auc"))
    assert record["p_value"] == pytest.approx(stats.ttest_rel(list(ours.values()), list(slf.values())).pvalue)
    assert (record["source_dataset"], record["source_model"], record["transferred"]) == ("criteo", "deepfm", True)


def test_time_to_quality_is_that_of_the_first_evaluation_at_ces_best(material):
    timing = next(t for t in timings(material) if t.method == "autoloss")
    result = timing.group.results[0]
    ce = next(t for t in timings(material) if t.method == "ce").group.results[0]
    goal = max(each.valid["auc"] for each in ce.history)
    expected = next(each for each in result.history if each.valid["auc"] >= goal)
    assert timing.values["to_seconds"][0] == expected.train_seconds
    assert timing.values["to_examples"][0] == expected.train_examples


def test_time_saved_is_one_minus_the_ratio_to_the_smallest_f(material):
    table = frequency(material)
    assert [r["update_every"] for r in table.records] == [1, 7]
    by_method = {t.method: t.values["epoch_seconds"] for t in timings(material)}
    saved = [1 - by_method["autoloss"][s] / by_method["autoloss_f1"][s] for s in range(3)]
    assert table.records[1]["saving_mean"] == pytest.approx(np.mean(saved))


def test_timings_of_two_machines_carry_a_warning(material):
    first = timings(material)[0].group.results[0].cell_id
    other = type(material)(material.config, material.results)
    other.__dict__["provenance"] = dict(
        material.provenance, **{first: replace(PROVENANCE, hardware=replace(HARDWARE, id="hw-other"))}
    )
    assert any("several machines" in note and "hw-other" in note for note in efficiency(other).notes)
    assert not any("several machines" in note for note in efficiency(material).notes)


def test_timings_of_other_machines_stand_below_this_ones_under_their_names(material):
    there = replace(PROVENANCE, hardware=replace(HARDWARE, id="hw-there", gpu="H100"))
    theirs = [
        replace(r, cell_id=f"{r.cell_id}-there", hardware="hw-there",
                finished=replace(r.finished, about=replace(r.finished.about, provenance=there)))
        for r in material.results if r.kind == "timing" and r.finished
    ]  # fmt: skip
    table = efficiency(replace(material, elsewhere=theirs))
    rows = len(efficiency(material).rows)
    assert len(table.rows) == 2 * rows
    assert [row.values[-1].text.endswith("H100 (hw-there)") for row in table.rows] == [False] * rows + [True] * rows
    assert not any("Warning: timings of several machines" in note for note in table.notes)


def test_ablations_are_differences_to_the_first_method_and_to_ce_wherever_it_was_trained(material):
    record = next(r for r in ablations(material).records if (r["method"], r["metric"]) == ("uniform", "auc"))
    here = select(material.results, experiment="ablations")
    ours, uniform = (np.array(list(by_seed(select(here, method=m), "auc").values())) for m in ("autoloss", "uniform"))
    ce = by_seed(select(material.results, experiment="overall", dataset="criteo", method="ce"), "auc")
    assert record["reference"] == "autoloss"
    assert record["minus_reference"] == pytest.approx((uniform - ours).mean())
    assert record["minus_ce"] == pytest.approx((uniform - np.array(list(ce.values()))).mean())


def test_cost_counts_a_training_that_two_experiments_share_once(material):
    keys = [(r["dataset"], r["model"], r["method"]) for r in cost(material).records]
    assert len(keys) == len(set(keys)) and ("criteo", "deepfm", "uniform") in keys


def test_tuning_shows_what_was_chosen_and_what_it_gained(material):
    assert tuning(material) is None, "no experiment is tuned"
    found = Tuned({"learning_rate": 0.003, "weight_decay": 1e-5}, {"warmup": 12})
    trials = [TuningTrial(Tuned({}, {}), 0.70, 10, 1.0), TuningTrial(found, 0.72, 10, 1.0)]
    search = next(r for r in material.upstream if r.kind == "search")

    def cell(settings, trials):
        outcome = TuningOutcome(settings, trials, SearchCost(20, 2, 2.0))
        return replace(search, kind="tune", finished=replace(search.finished, outcome=outcome))

    searches = [cell(found, trials), cell(Tuned({}, {}), trials[:1])]
    tuned, plain = tuning(replace(material, upstream=searches)).records
    assert (tuned["learning_rate"], tuned["weight_decay"], tuned["own"]) == (0.003, 1e-5, "warmup 12")
    assert (tuned["trials"], tuned["gain"]) == (2, pytest.approx(0.02))
    assert (plain["learning_rate"], plain["own"], plain["gain"]) == (None, "", 0)


def test_datasets_stand_beside_the_papers(material):
    record = datasets(material).records[0]
    assert (record["rows"], record["paper_rows"], record["source"]) == (30000, 45840617, "generated")
    assert record["bayes_auc"] == 0.8031


def test_every_claim_has_one_row_and_one_group(material):
    table = claims(material)
    assert len(table.rows) == len(material.verdicts) == len({r["id"] for r in table.records})
    groups = {name: verdicts for name, _, verdicts in grouped(material)}
    assert sum(map(len, groups.values())) == len(material.verdicts)
    assert len(groups["overall"]) + len(groups["datasets"]) == 80


def test_failures_list_each_cell_once_with_what_went_wrong(material):
    table = failures(material)
    assert [row.values[1].text for row in table.rows][:2] == ["failed", "missing"]
    assert len({row.values[0].text for row in table.rows}) == len(table.rows) == 5
