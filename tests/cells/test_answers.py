"""Which comparisons get more seeds: a function of the scores of finished cells."""

from dataclasses import replace

import numpy as np
import pytest

from autoloss import contrasts
from autoloss.cells.answers import End, answer
from autoloss.contrasts import Question

LOOKS = (5, 10, 15, 20)
ASKED = Question("e", "paper", "clicks", "deepfm", "autoloss", ("ce", "slf"), {"auc": 0.05 / 4}, LOOKS)


def state(found):
    """Of the only metric."""
    (end,) = found.ends.values()
    return end.state


def used(found):
    """The most seeds of a method."""
    return max(found.seeds.values())


def scores(seeds=20, **leads):
    """A score function: AutoLoss, and rivals that it leads by so many standard deviations of the difference."""
    random = np.random.default_rng(3)
    base = 0.8 + 0.01 * random.standard_normal(20)
    jitter = random.standard_normal((len(leads), 20))
    known = {"autoloss": base} | {
        rival: base - 1e-3 * (lead + each) for (rival, lead), each in zip(leads.items(), jitter, strict=True)
    }
    return lambda method, seed, metric: float(known[method][seed]) if seed < seeds else None


def test_a_clear_lead_over_every_rival_ends_at_the_first_look():
    found = answer(ASKED, scores(ce=30, slf=40))
    assert (state(found), found.seeds) == ("better", {"autoloss": 5, "ce": 5, "slf": 5})


def test_an_open_rival_gets_more_seeds_and_a_beaten_one_none():
    found = answer(ASKED, scores(ce=30, slf=1.2))
    assert found.seeds["ce"] == 5 and found.seeds["slf"] == found.seeds["autoloss"] == used(found) > 5


def test_a_rival_gets_seeds_until_each_metric_has_an_end():
    """Its AUC is settled at once; its logloss is not, so that both are judged with more seeds."""
    clear, near = scores(ce=30, slf=30), scores(ce=-1.2, slf=-30)
    asked = replace(ASKED, levels=dict.fromkeys(("auc", "logloss"), 0.05 / 4))
    found = answer(asked, lambda m, s, metric: (clear if metric == "auc" else near)(m, s, metric))
    assert found.ends["auc"].state == "better" and found.seeds["ce"] == used(found) > 5
    assert found.seeds["slf"] == 5


def test_one_rival_that_is_clearly_better_ends_it():
    found = answer(ASKED, scores(ce=0, slf=-30))
    assert (found.ends["auc"], used(found)) == (End("worse", "slf"), 5)


def test_the_good_direction_is_that_of_the_metric():
    found = answer(replace(ASKED, levels={"logloss": 0.05 / 4}), scores(ce=30, slf=40))
    assert state(found) == "worse"


def test_where_nothing_differs_it_ends_when_the_seeds_that_are_left_would_hardly_decide_it():
    same = answer(ASKED, lambda method, seed, metric: 0.8 + 0.001 * seed)
    assert (state(same), used(same)) == ("out of reach", 5)
    near = answer(ASKED, scores(ce=0, slf=0))
    assert state(near) == "out of reach" and used(near) < 20


def test_a_difference_that_stays_open_uses_all_seeds():
    shift = [
        0.7 + (-1) ** seed for seed in range(20)
    ]  # its t is 3 at the end: too little for the level of the question
    found = answer(ASKED, lambda m, seed, metric: 0.8 + 1e-3 * (shift[seed] if m == "autoloss" else 0))
    assert (state(found), used(found)) == ("at most", 20)


@pytest.mark.parametrize("there", range(21))
def test_a_look_waits_for_all_of_its_cells_and_asks_for_no_more(there):
    whole, part = answer(ASKED, scores(ce=1, slf=1.2)), answer(ASKED, scores(there, ce=1, slf=1.2))
    if there >= used(whole):
        assert part == whole
    else:
        assert state(part) == "waiting" and used(part) == next(n for n in LOOKS if n > there)
        assert all(part.seeds[m] <= whole.seeds[m] for m in part.seeds)


def test_the_same_cells_give_the_same_answer_whichever_came_first():
    full = scores(ce=1, slf=1.2)
    random = np.random.default_rng(1)
    cells = [(m, s) for m in ("autoloss", "ce", "slf") for s in range(20)]
    random.shuffle(cells)
    asked, finished = [], set()
    for cell in cells:
        finished.add(tuple(cell))
        asked.append(answer(ASKED, lambda m, s, metric: full(m, s, metric) if (m, s) in finished else None))
    assert asked[-1] == answer(ASKED, full)
    seeds = [used(each) for each in asked]
    assert seeds == sorted(seeds), "a seed that was asked for is needed no more"


def test_a_seed_without_a_number_is_left_out():
    full = scores(ce=30, slf=40)
    found = answer(ASKED, lambda m, s, metric: float("nan") if (m, s) == ("ce", 2) else full(m, s, metric))
    assert state(found) == "better"


def test_questions_are_those_of_the_tables_and_their_level_is_corrected_for_all_of_a_family():
    import fake_cells

    config = fake_cells.config(**fake_cells.DEMO)
    asked = [q for q in contrasts.questions(config) if q.experiment == "overall"]
    assert {(q.dataset, q.model) for q in asked} == {(d, m) for d in ("criteo", "ml-20m") for m in ("deepfm", "ipnn")}
    assert len(asked) == 4
    assert all(q.levels == {"auc": 0.05 / 8, "logloss": 0.05 / 8, "logloss_calibrated": 0.05 / 4} for q in asked)
    assert {q.method for q in asked} == {"autoloss"} and "autoloss" not in asked[0].rivals and len(asked[0].rivals) == 8
    ablations = [q for q in contrasts.questions(config) if q.experiment == "ablations"]
    assert {(q.method, q.rivals) for q in ablations} == {
        (m, ("autoloss",)) for m in ("ce", "uniform", "autoloss_global")
    }
    assert not [q for q in contrasts.questions(config) if q.experiment in ("efficiency", "frequency")]
