"""BOHB: finds good weights, spends by budget, and goes on with its study when it was killed."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
import torch

from autoloss.errors import UserError
from autoloss.methods.bohb import BOHB

LOSSES = [torch.nn.Identity()] * 3
BEST = [0.7, 0.2, 0.1]
STEPS = 90


def training(calls=None):
    """A stand-in for training: the value rises with steps to one that falls with the distance from BEST."""

    def train(weights, report):
        if calls is not None:
            calls.append(weights)
        value = -sum((w - b) ** 2 for w, b in zip(weights, BEST, strict=True))
        for step in range(10, STEPS + 1, 10):
            now = value - 1 / step
            if report(step, now):
                break
        return now

    return train


def test_search_finds_weights_near_the_best_and_prunes_bad_ones(tmp_path):
    result = BOHB(LOSSES, 1, trials=24).search(training(), tmp_path, 0, STEPS)
    assert sum(result.weights) == pytest.approx(1)
    assert sum((w - b) ** 2 for w, b in zip(result.weights, BEST, strict=True)) < 0.05
    assert len(result.trials) == 24
    pruned = [t for t in result.trials if t["state"] == "pruned"]
    complete = [t for t in result.trials if t["state"] == "complete"]
    assert pruned and complete
    assert all(t["steps"] < STEPS for t in pruned)
    assert all(t["steps"] == STEPS for t in complete)
    assert min(t["steps"] for t in pruned) >= STEPS // 9


def test_same_seed_draws_the_same_trials(tmp_path):
    runs = []
    for name in "ab":
        (tmp_path / name).mkdir()
        runs.append(BOHB(LOSSES, 1, trials=6).search(training(), tmp_path / name, 3, STEPS).trials)
    plain = [[{k: v for k, v in t.items() if k != "seconds"} for t in run] for run in runs]
    assert plain[0] == plain[1]
    (tmp_path / "c").mkdir()
    other = BOHB(LOSSES, 1, trials=6).search(training(), tmp_path / "c", 4, STEPS).trials
    assert [t["weights"] for t in other] != [t["weights"] for t in runs[0]]


def test_killed_search_goes_on_with_its_study_and_ends_as_if_it_had_not_been_killed(tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    script = tmp_path / "search.py"
    script.write_text(
        textwrap.dedent(
            """
            import importlib.util, os, signal, sys
            from pathlib import Path
            spec = importlib.util.spec_from_file_location("stand_in", sys.argv[1])
            stand_in = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(stand_in)
            calls = []
            train = stand_in.training(calls)

            def killed(weights, report):
                def watched(step, value):
                    if len(calls) == 5 and step == 20:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return report(step, value)
                return train(weights, watched)

            stand_in.BOHB(stand_in.LOSSES, 1, trials=7).search(killed, Path(sys.argv[2]), 1, stand_in.STEPS)
            """
        )
    )
    done = subprocess.run([sys.executable, str(script), __file__, str(tmp_path / "killed")], env=os.environ)
    assert done.returncode == -signal.SIGKILL
    calls = []
    resumed = BOHB(LOSSES, 1, trials=7).search(training(calls), tmp_path / "killed", 1, STEPS)
    whole = BOHB(LOSSES, 1, trials=7).search(training(), tmp_path / "whole", 1, STEPS)
    assert len(calls) == 3  # the fifth again, and two more
    for a, b in zip(resumed.trials, whole.trials, strict=True):
        assert {**a, "seconds": 0} == {**b, "seconds": 0}
    assert resumed.weights == whole.weights
    again = []
    BOHB(LOSSES, 1, trials=7).search(training(again), tmp_path / "killed", 1, STEPS)
    assert again == []


def test_a_training_that_fails_is_recorded_and_the_search_goes_on(tmp_path):
    calls = []
    plain = training(calls)

    def train(weights, report):
        if len(calls) == 1:
            calls.append(weights)
            raise UserError("training loss is nan")
        return plain(weights, report)

    result = BOHB(LOSSES, 1, trials=4).search(train, tmp_path, 0, STEPS)
    assert [t["state"] == "failed" for t in result.trials] == [False, True, False, False]
    assert result.trials[1]["error"] == "training loss is nan"
    assert result.trials[1]["value"] is None


def test_a_search_without_a_complete_training_says_why(tmp_path):
    def train(weights, report):
        raise UserError("training loss is nan")

    with pytest.raises(UserError, match="none of 3 runs is complete; training loss is nan"):
        BOHB(LOSSES, 1, trials=3).search(train, tmp_path, 0, STEPS)
