"""Files for the tests of the configuration: the shipped params.yaml with changes, and a small one with known lines."""

import json
from pathlib import Path

import pytest

from autoloss import config
from autoloss.config.read import read
from autoloss.errors import UserError

PARAMS = Path(__file__).parent.parent.parent / "params.yaml"
SMALL = """\
scale: demo
seeds: {demo: 3, small: 5, full: 5}
datasets:
  clicks:
    use: criteo
    task: binary
    source: {demo: synthetic, small: remote, full: remote}
    rows: {demo: 1000, small: 2000, full: null}
losses:
  cross_entropy:
  focal: {gamma: 2.0}
models:
  deepfm: {dim: 4}
methods:
  ce: {use: fixed, losses: [cross_entropy]}
  autoloss:
    losses: [focal, cross_entropy]
    warmup: {demo: 20, small: 20, full: 200}
  autoloss_f1: {like: autoloss, every: 1}
training:
  paper:
    batch_size: 500
    epochs: {demo: 1, small: 2, full: 3}
experiments:
  overall:
    datasets: [clicks]
    models: [deepfm]
    methods: [ce, autoloss]
  rest:
    scales: [small, full]
    like: overall
    methods: {small: [ce], full: [autoloss_f1]}
"""


@pytest.fixture
def write(tmp_path, merged):
    """Writes params.yaml with changes merged into the shipped one; returns its path."""

    def write(**changes):
        path = tmp_path / "params.yaml"
        shipped = {key: node.plain for key, node in read(PARAMS).items()}
        path.write_text(json.dumps(merged(shipped, changes), indent=1), encoding="utf-8")
        return path

    return write


@pytest.fixture
def edit(tmp_path):
    """Writes SMALL with texts replaced, each found exactly once; returns its path."""

    def edit(*replaced):
        text = SMALL
        for old, new in replaced:
            assert text.count(old) == 1, f"{old!r} is in the file {text.count(old)} times"
            text = text.replace(old, new)
        path = tmp_path / "params.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return edit


@pytest.fixture
def refused():
    """The message with which a file is refused, without its path: always one line that names the file."""

    def refused(path):
        with pytest.raises(UserError) as caught:
            config.load(path)
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(str(path))
        return str(caught.value).removeprefix(str(path))

    return refused
