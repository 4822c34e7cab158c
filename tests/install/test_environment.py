"""`make` uses a complete environment where there is one, and says what is missing where there is none."""

import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest

from autoloss import environment


@pytest.fixture
def lock(tmp_path, monkeypatch):
    """requirements.lock with two lines, and no .venv."""
    path = tmp_path / "requirements.lock"
    path.write_text("# exact versions\nPyYAML==6.0.3\ntorch==2.13.0\n")
    monkeypatch.setattr(environment, "LOCK", path)
    monkeypatch.setattr(environment, "OURS", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def _interpreter(path: Path, *distributions: str) -> Path:
    """A stand-in for a Python whose environment holds `distributions`."""
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n" + "".join(f"echo {line}\n" for line in distributions))
    path.chmod(0o755)
    return path


def test_names_compare_as_on_the_index_and_local_versions_satisfy_public_ones(lock, tmp_path):
    assert environment.missing(_interpreter(tmp_path / "a" / "python", "pyyaml 6.0.3", "torch 2.13.0+cpu")) == []


def test_other_versions_and_absent_packages_are_missing(lock, tmp_path):
    python = _interpreter(tmp_path / "a" / "python", "torch 2.12.0")
    assert environment.missing(python) == ["PyYAML==6.0.3", "torch==2.13.0"]


def test_a_broken_interpreter_lacks_everything(lock, tmp_path):
    python = _interpreter(tmp_path / "a" / "python", ">&2 broken; exit 1")
    assert environment.missing(python) == ["PyYAML==6.0.3", "torch==2.13.0"]


def test_the_active_environment_is_used_if_complete(lock, tmp_path, monkeypatch):
    python = _interpreter(tmp_path / "active" / "bin" / "python", "pyyaml 6.0.3", "torch 2.13.0")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert environment.find() == python


def test_the_project_s_own_environment_comes_first(lock, tmp_path, monkeypatch):
    _interpreter(tmp_path / "active" / "bin" / "python", "pyyaml 6.0.3", "torch 2.13.0")
    ours = _interpreter(environment.OURS, "pyyaml 6.0.3", "torch 2.13.0")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert environment.find() == ours


def test_an_incomplete_environment_is_passed_over(lock, tmp_path, monkeypatch):
    _interpreter(environment.OURS, "torch 2.12.0")
    monkeypatch.setattr(sys, "executable", str(_interpreter(tmp_path / "a" / "python", "pyyaml 6.0.3", "torch 2.13.0")))
    assert environment.find() == tmp_path / "a" / "python"


@pytest.fixture
def created(lock, monkeypatch):
    """Lets .venv be made, with nothing to install into it; returns its interpreter."""
    monkeypatch.setattr(environment, "missing", lambda python: [])
    monkeypatch.setattr(environment, "ROOT", environment.LOCK.parent)
    run = subprocess.run

    def without_installing(command, **options):
        if "install" in command:
            command = [environment.OURS, "-c", "import pip"]
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", without_installing)
    return environment._create


def _venv(*options: str) -> Path:
    """A venv in the place of .venv, which this Python makes; returns its folder."""
    folder = environment.OURS.parent.parent
    subprocess.run([sys.executable, "-m", "venv", *options, folder], check=True)
    return folder


def test_an_environment_that_was_left_without_pip_gets_it_and_keeps_what_is_in_it(created):
    mine = _venv("--without-pip") / "mine"
    mine.touch()
    assert created() == environment.OURS
    assert mine.exists()


@pytest.mark.parametrize("cut", ["before its Python", "amid pip", "Python gone"])
def test_an_environment_that_cannot_be_used_is_made_anew(created, cut, capfd):
    folder = _venv("--without-pip") if cut != "amid pip" else _venv()
    if cut == "before its Python":
        shutil.rmtree(folder / "bin")
    if cut == "amid pip":
        shutil.rmtree(next(folder.glob("lib/*/site-packages/pip/_vendor")))
    if cut == "Python gone":
        environment.OURS.unlink()
        environment.OURS.symlink_to("/nowhere/python")
    else:
        (folder / "bin" / "activate").unlink(missing_ok=True)
    assert created() == environment.OURS
    assert f"{folder} is half-made" in capfd.readouterr().err


def test_a_folder_that_is_no_environment_of_venv_is_left_alone(created):
    _interpreter(environment.OURS, ">&2 echo No module named pip; exit 1")
    with pytest.raises(SystemExit, match=r"\.venv has no pip, and venv did not make it: move it away"):
        created()
    assert environment.OURS.exists()


def test_each_package_is_installed_by_one_part():
    assert sorted("".join(environment.PARTS)) == list(string.ascii_lowercase)
    initials = {line[0].lower() for line in environment.LOCK.read_text().splitlines() if not line.startswith("#")}
    assert all(initials & set(part) for part in environment.PARTS), "pip refuses to install nothing"
