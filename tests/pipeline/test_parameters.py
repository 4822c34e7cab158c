"""params.yaml as DVC reads it: a key that has a default may be left out, and DVC goes on."""

import subprocess
import sys

import pytest
import yaml

from autoloss.config.schema import Settings


def _dvc(project, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=project.root, env=project.environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.fixture
def initialised(project):
    assert _dvc(project, "init", "--no-scm", "-q").returncode == 0
    return project


def test_keys_with_a_default_may_be_left_out(initialised, tiny):
    initialised.params(
        {key: value for key, value in tiny.items() if key not in Settings.model_fields} | {"scale": "demo"}
    )
    for folder in ("data/encoded/demo", "results/cells", "results/timing", "reports/tables"):
        (initialised.root / folder).mkdir(parents=True)
        (initialised.root / folder / "there").touch()
    (initialised.root / "results" / "hardware.json").touch()
    for stage in ("quality", "timing"):
        done = _dvc(initialised, "commit", "--force", stage)
        assert done.returncode == 0, done.stderr
    locked = yaml.safe_load((initialised.root / "dvc.lock").read_text())["stages"]
    assert all("experiments" in locked[stage]["params"]["params.yaml"] for stage in ("quality", "timing"))


def test_without_its_scale_dvc_names_the_key(initialised, tiny):
    initialised.params({key: value for key, value in tiny.items() if key != "scale"})
    done = _dvc(initialised, "repro", "--dry")
    assert done.returncode and "Could not find 'scale'" in done.stderr
    assert "scale" in yaml.safe_load((initialised.root / "dvc.yaml").read_text())["stages"]["data"]["params"]
