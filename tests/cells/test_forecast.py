"""What a plan costs: exact counts before any data are there, and hours that a whole default run confirms."""

import csv
import json
import math
import statistics
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from autoloss import cells, config, records
from autoloss.cells import expected, explain
from autoloss.cells.forecast import estimate
from autoloss.cells.forecast.forecast import forecast
from autoloss.cells.forecast.measure import measure
from autoloss.cells.forecast.speed import Speed, kind_of_step
from autoloss.cells.forecast.work import at_most
from autoloss.cells.known import all_facts, missing

PARAMS = Path(__file__).parents[2] / "params.yaml"
RUN = Path(__file__).parent / "default_run"  # what each cell of a default run took on 2 cores, and its data


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The configuration, facts and plan of scale full in a folder without data."""
    root = tmp_path_factory.mktemp("empty")
    chosen = config.load(PARAMS, "full")
    known = all_facts(chosen, root)
    return chosen, known, cells.plan(chosen, root, "hw-here", known)


def test_published_data_are_known_before_they_are_there(full):
    chosen, known, _ = full
    assert set(missing(known)) == set(chosen.used_datasets())
    criteo = known["criteo"]
    assert (criteo.rows, criteo.n_features) == (45_840_617, 1_086_810)
    assert criteo.rows_per_split["test"] == 4_584_061 and criteo.bytes == pytest.approx(7.33e9, rel=0.01)
    assert expected.download_bytes(chosen.datasets["criteo"]) == 4_576_820_670
    assert expected.download_bytes(chosen.datasets["corrupted"]) == 0


def test_an_archive_of_the_repository_is_counted_and_fewer_rows_are_estimated(tmp_path, monkeypatch):
    monkeypatch.chdir(PARAMS.parent)
    known = all_facts(config.load(PARAMS, "small"), tmp_path)
    assert (known["ml-latest-small"].rows, known["ml-latest-small"].n_features) == (100_836, 10_334)
    assert known["criteo"].rows == 1_000_000 and 50_000 < known["criteo"].n_features < 1_086_810


def test_counting_an_archive_of_the_repository_touches_nothing_outside_its_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(PARAMS.parent)
    (tmp_path / "locks").write_text("of another user")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    all_facts(config.load(PARAMS, "small"), tmp_path / "project")
    assert [path.name for path in tmp_path.iterdir()] == ["locks"]


def test_a_plan_without_data_says_what_it_cannot_know(full, tmp_path):
    plan = full[2]
    transfer = next(cell for cell in plan.cells if cell.dataset == "avazu" and "controller" in cell.upstream)
    reasons = explain.reasons((transfer,), tmp_path)
    assert reasons == {transfer.id: "avazu and criteo not encoded yet: digest and result not known"}


def test_a_search_counts_all_its_training_runs(full):
    runs = {}
    for cell in full[2].cells:
        if cell.kind in ("search", "tune"):
            one = at_most(replace(cell, kind="train"))
            runs[cell.kind, cell.method] = at_most(cell).steps / one.steps
    assert runs["search", "bohb"] == 30
    assert runs["search", "grid"] == math.comb(3 + 4 - 1, 3)
    tuning = full[0].training["searched"].tuning
    assert tuning and runs["tune", "ce"] == tuning.trials > 1


def test_a_forecast_names_the_largest_items_first_and_adds_up(full, tmp_path):
    chosen, known, plan = full
    speeds = {kind_of_step(cell.spec): Speed(0.05, 1e-5) for cell in plan.cells}
    found = forecast(chosen, plan, known, speeds, 4, None, tmp_path)
    assert [item.hours for item in found.items] == sorted((item.hours for item in found.items), reverse=True)
    assert sum(item.hours for item in found.items) == pytest.approx(found.hours) == pytest.approx(found.hours_left)
    assert sum(item.steps for item in found.items) == found.steps
    for counts in json.loads(json.dumps(records.to_json(found)))["cells"].values():
        assert sum(counts.values()) == len(plan.cells)
    assert found.hours / 4 < found.wall_hours < found.hours, "timing cells run alone"
    assert found.least == pytest.approx(9 / 40, rel=0.05), "patience 8, of 10 epochs with 4 evaluations each"
    half = {kind: each.scaled(0.5) for kind, each in speeds.items()}
    assert forecast(chosen, plan, known, half, 4, None, tmp_path).hours == pytest.approx(found.hours / 2, rel=0.01)


def test_the_forecast_of_the_default_run_is_within_a_factor_of_what_it_took(tmp_path):
    chosen = config.load(PARAMS, "demo")
    sizes = json.loads((RUN / "data.json").read_text())
    known = {name: replace(each, rows_per_split=sizes[name]["rows_per_split"],
                           field_sizes=tuple(sizes[name]["field_sizes"]), files={})
             for name, each in all_facts(chosen, tmp_path).items()}  # fmt: skip
    plan = cells.plan(chosen, tmp_path, "hw-here", known)
    with (RUN / "cells.csv").open(newline="") as file:
        took = {(row["title"], row["training"], int(row["seed"])): row for row in csv.DictReader(file)}
    there = tuple(cell for cell in plan.cells if (cell.title, cell.training, cell.seed) in took)
    assert len(there) > 0.8 * len(plan.cells), "params.yaml has changed: take the numbers of a new default run"

    seen = defaultdict(list)  # of the first seed alone
    for cell in there:
        row = took[cell.title, cell.training, cell.seed]
        if cell.kind != "search" and cell.seed == 0:
            train, every = float(row["train_seconds"]), float(row["seconds"])
            rows = int(row["evaluations"]) * cell.spec.data.rows_per_split["valid"]
            seen[kind_of_step(cell.spec)].append(Speed(train / int(row["steps"]), (every - train) / rows))
    speeds = {kind: Speed(statistics.median(s.step for s in found), statistics.median(s.valid_row for s in found))
              for kind, found in seen.items()}  # fmt: skip
    there = tuple(cell for cell in there if kind_of_step(cell.spec) in speeds)
    found = forecast(chosen, replace(plan, cells=there), known, speeds, 1, None, tmp_path)
    starting = len(there) * 4 / chosen.cells_per_job
    taken = sum(float(took[cell.title, cell.training, cell.seed]["seconds"]) for cell in there) + starting
    assert 1 / 1.5 < 3600 * found.hours / taken < 1.5


def test_models_and_methods_are_measured_apart_and_the_rest_is_derived(full, monkeypatch):
    chosen, known, plan = full
    cost = {"deepfm": 1.0, "ipnn": 2.0, "autoint": 5.0, "nfm": 0.5}
    asked, said = [], []

    def measure(spec, facts, threads):
        asked.append(spec)
        method = 1 + spec.method.params.get("every", 0) + (len(spec.losses) > 1)
        return Speed(cost[spec.model.use] * len(facts.field_sizes) * method, 1e-5, "measured")

    monkeypatch.setattr(estimate, "measure", measure)
    kinds = {kind_of_step(cell.spec): cell.spec for cell in plan.cells}
    there, *_ = kinds
    found = estimate.speeds(plan.cells, known, 1, {there: Speed(7.0, 1e-5)}, said.append)
    assert found[there] == Speed(7.0, 1e-5), "a recorded speed stays"
    assert len(asked) == len(set(map(kind_of_step, asked))) < 0.7 * len(kinds)
    assert said[-1].startswith(f"measuring {len(asked)} of {len(asked)}: ")
    del kinds[there]
    for kind, spec in kinds.items():
        assert found[kind].step == pytest.approx(measure(spec, known[spec.data.name], 1).step)
        assert found[kind].origin == "measured" or kind not in set(map(kind_of_step, asked[: len(said)]))


def test_a_measured_step_costs_more_with_a_larger_batch(full):
    _, known, plan = full
    corrupted = [cell for cell in plan.cells if cell.dataset == "corrupted" and cell.method == "ce"][:1]
    larger = [replace(cell, spec=replace(cell.spec, training=replace(cell.spec.training, batch_size=5_000)))
              for cell in corrupted]  # fmt: skip
    small, large = (measure(cell.spec, known["corrupted"], 1) for cell in (*corrupted, *larger))
    assert large.step > 2 * small.step > 0 and small.valid_row > 0
