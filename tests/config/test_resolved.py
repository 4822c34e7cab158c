"""What the shipped files mean, at every scale.

resolved.json holds all values of params.yaml at each scale. A change made on purpose belongs in both files.
"""

import json
from pathlib import Path

import pytest

from autoloss import config

ROOT = Path(__file__).parent.parent.parent
STORED = json.loads(Path(__file__).with_name("resolved.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("scale", config.SCALES)
def test_the_shipped_parameters_resolve_to_the_stored_copy(scale):
    assert config.load(ROOT / "params.yaml", scale).model_dump(mode="json") == STORED[scale]


@pytest.mark.parametrize("scale", config.SCALES)
def test_the_first_order_ablation_differs_from_darts_in_its_order_alone(scale):
    methods = config.load(ROOT / "params.yaml", scale).methods
    first, second = methods["darts_first_order"], methods["darts"]
    assert (first.use, first.losses) == (second.use, second.losses)
    assert first.params == {**second.params, "order": 1}


@pytest.mark.parametrize("file", ["docs/results/params.yaml", "benchmarks/synthetic.yaml"])
@pytest.mark.parametrize("scale", config.SCALES)
def test_the_other_files_are_valid_at_every_scale(file, scale):
    assert config.load(ROOT / file, scale).scale == scale
