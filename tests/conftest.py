"""What tests of several packages need."""

import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def terminal():
    """A hang-up ends processes here, as it does in a terminal: under nohup they would inherit that it is ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def merged():
    """A nested mapping with changes, key by key; what was given stays as it is."""

    def merged(base: dict, changes: dict) -> dict:
        inner = {
            k: merged(base[k], v) for k, v in changes.items() if isinstance(v, dict) and isinstance(base.get(k), dict)
        }
        return {**base, **changes, **inner}

    return merged


@pytest.fixture(scope="module")
def environment_with(tmp_path_factory):
    """environment_with(*requirements) → folder of the programs of an environment that has them beside this one's
    packages, which stay as they are."""
    made: dict[tuple[str, ...], Path] = {}

    def environment_with(*requirements: str) -> Path:
        if requirements not in made:
            folder = tmp_path_factory.mktemp("environment")
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            site = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
            (site / "outer.pth").write_text(sysconfig.get_path("purelib"))
            pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements]
            if subprocess.run(pip).returncode:
                pytest.exit(f"needs {', '.join(requirements)}, which pip could not install", 1)
            made[requirements] = folder / "bin"
        return made[requirements]

    return environment_with
