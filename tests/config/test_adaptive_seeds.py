"""`seeds: {until: decided, …}`: per scale, per experiment, and when comparisons are judged."""

import pytest
import yaml

from autoloss import config
from autoloss.config import Adaptive, show

ADAPTIVE = {"until": "decided", "at_least": 5, "at_most": 20}


@pytest.mark.parametrize(
    ("at_least", "at_most", "looks"),
    [
        (5, 20, (5, 10, 15, 20)),
        (2, 4, (2, 3, 4)),
        (3, 10, (3, 5, 8, 10)),
        (5, 5, (5,)),
        (2, 100, (2, 35, 67, 100)),
    ],
)
def test_looks_run_from_the_fewest_seeds_to_the_most(at_least, at_most, looks):
    assert Adaptive(until="decided", at_least=at_least, at_most=at_most).looks == looks


def test_each_scale_has_its_own_seeds(write):
    path = write(seeds={"demo": 3, "small": ADAPTIVE, "full": ADAPTIVE | {"at_most": 8}})
    found = [config.load(path, scale) for scale in config.SCALES]
    assert [each.bounds("overall") for each in found] == [(3, 3), (5, 20), (5, 8)]
    assert [each.looks("overall") for each in found] == [(), (5, 10, 15, 20), (5, 6, 7, 8)]


def test_an_experiment_may_have_its_own_and_a_timing_keeps_to_the_first_ones(write):
    every, few = (dict.fromkeys(config.SCALES, {**ADAPTIVE, "at_most": most}) for most in (20, 6))
    experiments = {"overall": {"seeds": 4}, "corrupted": {"seeds": few}}
    found = config.load(write(seeds=every, experiments=experiments), "small")
    assert (found.bounds("overall"), found.looks("overall")) == ((4, 4), ())
    assert (found.bounds("corrupted"), found.looks("corrupted")) == ((5, 6), (5, 6))
    assert (found.bounds("efficiency"), found.looks("efficiency")) == ((5, 5), ())
    assert found.looks("ablations") == (5, 10, 15, 20)


def test_every_value_is_shown_with_its_line_and_loads_again(write, tmp_path):
    path = write(seeds=dict.fromkeys(config.SCALES, ADAPTIVE))
    found, document = config.resolve(path, "demo")
    assert {".".join(row.keys): row.value for row in show.rows(found, document) if row.keys[0] == "seeds"} == {
        f"seeds.{key}": value for key, value in ADAPTIVE.items()
    }
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(show.mapping(found)))
    assert config.load(again).seeds == found.seeds
