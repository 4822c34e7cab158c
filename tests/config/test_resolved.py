"""What the shipped files mean, at every scale.

resolved.json was written when the values of a scale still stood in a section of their own. A value that is changed on
purpose, or added, is changed there as well.
"""

import json
from pathlib import Path

import pytest

from autoloss import config

ROOT = Path(__file__).parent.parent.parent
STORED = json.loads(Path(__file__).with_name("resolved.json").read_text(encoding="utf-8"))
# (scale, place, stored, now): the first-order ablation had the default step where second-order DARTS had a tuned one
MENDED = [("small", ("methods", "darts_first_order", "params", "learning_rate"), 0.0003, 0.1)]


@pytest.mark.parametrize("scale", config.SCALES)
def test_the_shipped_parameters_resolve_to_the_stored_copy_but_for_what_was_mended(scale):
    expected = json.loads(json.dumps(STORED[scale]))
    for mended, (*place, key), stored, now in MENDED:
        if mended == scale:
            holder = expected
            for part in place:
                holder = holder[part]
            assert holder[key] == stored
            holder[key] = now
    assert config.load(ROOT / "params.yaml", scale).model_dump(mode="json") == expected


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
