"""params.yaml resolves to the same configuration as when the values of a scale stood in a section of their own."""

import json
from pathlib import Path

import pytest

from autoloss import config

ROOT = Path(__file__).parent.parent.parent
STORED = json.loads(Path(__file__).with_name("resolved.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("scale", config.SCALES)
def test_the_shipped_parameters_resolve_to_the_stored_copy(scale):
    assert config.load(ROOT / "params.yaml", scale).model_dump(mode="json") == STORED[scale]
