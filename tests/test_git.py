"""What git says, and that nothing ends where it says nothing."""

import subprocess

import pytest

from autoloss import git

NAMED = ("-c", "user.name=a", "-c", "user.email=a@b.c")


@pytest.fixture
def repository(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", *NAMED, "commit", "-q", "--allow-empty", "-m", "one"], cwd=tmp_path, check=True)
    return tmp_path


def test_a_commit_is_found_by_any_of_its_names(repository):
    head = git.commit(repository)
    assert len(head) == 40 and git.commit(repository, head[:8]) == head
    assert git.commit(repository, "nope") is None and git.commit(repository, "--all") is None


def test_nothing_is_said_outside_a_repository_and_before_the_first_commit(tmp_path):
    assert git.commit(tmp_path) is None
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert git.commit(tmp_path) is None


def test_nothing_is_said_without_git(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git.commit(repository) is None and git.output(repository, "--version") is None
