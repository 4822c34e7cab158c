"""`autoloss params`: every value with where it comes from."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autoloss import config
from autoloss.config import show

ROOT = Path(__file__).parent.parent.parent


def _sources(path, scale=None):
    return {".".join(row.keys): (row.value, row.source) for row in show.rows(*config.resolve(path, scale))}


def test_each_value_names_its_line_the_entry_it_is_like_or_the_default(edit):
    found = _sources(edit(), "full")
    assert found["seeds"] == (5, "line 2")
    assert found["methods.autoloss.warmup"] == (200, "line 18")
    assert found["methods.autoloss_f1.warmup"] == (200, "like autoloss (line 18)")
    assert found["methods.autoloss_f1.every"] == (1, "line 19")
    assert found["methods.autoloss_f1.use"] == ("autoloss", "like autoloss (line 16)")
    assert found["methods.autoloss_f1.normalise"] == (True, "default")
    assert found["training.paper.patience"] == (8, "default")
    assert found["experiments.rest.models"] == (["deepfm"], "like overall (line 27)")


def test_the_value_of_each_scale_names_its_own_line(edit):
    path = edit(("epochs: {demo: 1, small: 2, full: 3}", "epochs:\n      demo: 1\n      small: 2\n      full: 3"))
    found = [_sources(path, scale)["training.paper.epochs"] for scale in config.SCALES]
    assert found == [(1, "line 24"), (2, "line 25"), (3, "line 26")]


@pytest.mark.parametrize("scale", config.SCALES)
def test_what_json_prints_is_a_file_that_means_the_same(scale, tmp_path):
    loaded = config.load(ROOT / "params.yaml", scale)
    path = tmp_path / "params.yaml"
    path.write_text(json.dumps(show.mapping(loaded), indent=1))
    assert config.load(path) == loaded


def test_entries_that_no_experiment_of_the_scale_uses_are_named(edit):
    path = edit()
    assert show.unused(config.load(path, "demo")) == {"methods": ("autoloss_f1",)}
    assert show.unused(config.load(path, "full")) == {}


def _autoloss(folder, *arguments):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    return subprocess.run(
        [sys.executable, "-m", "autoloss", *arguments], cwd=folder, capture_output=True, text=True,
        env={**os.environ, **ascii_only, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_the_command_prints_text_or_json_for_any_scale_and_in_any_locale(edit):
    folder = edit(("source: {demo: synthetic, small: remote, full: remote}", "source: daten/größe.csv")).parent
    done = _autoloss(folder, "params", "--scale", "full")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["methods.autoloss.warmup", "200", "line", "18"] in lines
    assert ["methods.autoloss_f1.every", "1", "line", "19"] in lines
    assert json.loads(_autoloss(folder, "params", "--json").stdout)["methods"]["autoloss"]["warmup"] == 20


def test_the_command_fails_with_one_line(edit):
    folder = edit(("warmup: {demo: 20, small: 20, full: 200}", "warmup: zwölf")).parent
    done = _autoloss(folder, "params")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'error: params.yaml:18: methods.autoloss.warmup: expected an integer, found "zw\\xf6lf"\n'
    done = _autoloss(folder, "params", "--scale", "ful")
    assert done.stderr == "error: scale: unknown scale 'ful'; did you mean 'full'?\n"
