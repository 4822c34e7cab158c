"""`dvc exp run -S KEY=VALUE` rewrites params.yaml with ruamel: that one line changes, and the value is the last word.

DVC reads and writes all of the file, and puts plain lists where lists were. So the shipped files have each list in
block style (or within a one-line mapping), no comment behind a list, and lines that ruamel does not fold.
"""

import difflib
import shutil
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from autoloss import config

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def set_param(tmp_path):
    """Sets a parameter as DVC does; returns the file, and the lines that went and came."""

    def set_param(override, file="params.yaml"):
        path = tmp_path / "params.yaml"
        shutil.copy(ROOT / file, path)
        apply_overrides(path, [override])
        before, after = (each.read_text(encoding="utf-8").splitlines() for each in (ROOT / file, path))
        changed = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
        return path, [line[1:] for line in changed if line[0] == "-"], [line[1:] for line in changed if line[0] == "+"]

    return set_param


@pytest.mark.parametrize("file", ["params.yaml", "docs/results/params.yaml", "benchmarks/synthetic.yaml"])
def test_a_value_that_stays_changes_nothing(set_param, file):
    assert set_param("threads=1", file)[1:] == ([], [])


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("scale=small", "scale: small"),
        ("seeds=7", "seeds: 7"),
        ("datasets.criteo.rows=50000", "    rows: 50000"),
        ("datasets.criteo.rows.demo=50000", "    rows: {demo: 50000, small: 1000000, full: null}"),
        ("datasets.criteo-x4.threshold=2", "    threshold: 2"),
        ("losses.focal.gamma=1.5", "  focal: {gamma: 1.5}"),
        ("models.deepfm.dim=32", "  deepfm: {dim: 32, mlp: [128, 128], dropout: 0.2}"),
        ("models.deepfm.mlp=[64]", "  deepfm: {dim: 16, mlp: [64], dropout: 0.2}"),
        ("methods.autoloss.warmup=10", "    warmup: 10"),
        ("methods.autoloss_f1.every=4", "  autoloss_f1: {like: autoloss, every: 4}"),
        ("training.paper.weight_decay=0.0001", "    weight_decay: 0.0001"),
        ("training.paper.epochs=3", "    epochs: 3"),
        ("experiments.overall.training=searched", "    training: searched"),
    ],
)
def test_one_value_changes_one_line_of_the_file(set_param, override, line):
    path, gone, came = set_param(override)
    assert len(gone) == len(came) == 1
    assert came[0].partition("  #")[0].rstrip() == line
    config.load(path)


def test_a_value_that_depended_on_the_scale_holds_at_every_scale_once_it_is_set(set_param):
    path, _, _ = set_param("methods.autoloss.warmup=10")
    for scale in config.SCALES:
        before, after = config.load(ROOT / "params.yaml", scale), config.load(path, scale)
        assert after.methods["autoloss"].params["warmup"] == 10
        followers = [name for name, method in after.methods.items() if method != before.methods[name]]
        assert all(name.startswith("autoloss") for name in followers)
        assert all(after.methods[name].params["warmup"] == 10 for name in followers)


def test_a_key_that_an_entry_inherits_is_added_to_it(set_param):
    path, gone, came = set_param("+methods.autoloss_f1.warmup=5")
    assert (len(gone), came) == (1, ["  autoloss_f1: {like: autoloss, every: 1, warmup: 5}"])
    loaded = config.load(path)
    assert loaded.methods["autoloss_f1"].params["warmup"] == 5
    assert loaded.methods["autoloss"].params["warmup"] == 20
