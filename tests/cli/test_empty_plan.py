"""Commands where no experiment runs at the scale in force."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from autoloss.cli.main import assembled
from autoloss.errors import UserError

APP = assembled()
PARAMS = {
    "scale": "small",
    "datasets": {"criteo": {"task": "binary", "source": "synthetic", "rows": 1000}},
    "losses": {"cross_entropy": {}},
    "models": {"deepfm": {}},
    "methods": {"ce": {"use": "fixed", "losses": ["cross_entropy"]}},
    "training": {"paper": {}},
    "experiments": {
        "overall": {"datasets": ["criteo"], "models": ["deepfm"], "methods": ["ce"], "scales": ["demo"]},
    },
}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    monkeypatch.chdir(tmp_path)


def _run(*words: str) -> str:
    return CliRunner().invoke(APP, list(words), catch_exceptions=False).stdout


def test_there_is_nothing_to_forecast_which_is_one_line():
    with pytest.raises(UserError, match="experiments: none at scale small, so there is nothing to forecast") as said:
        _run("forecast")
    assert "\n" not in str(said.value)


def test_a_plan_has_no_cells():
    assert _run("plan").strip() == "0 cells: 0 done, 0 running, 0 failed, 0 missing"
    assert json.loads(_run("plan", "--json")) == []
