"""`dvc exp run -S`: what is set is what trains, and nothing else changes."""

import pytest


@pytest.fixture
def repository(trained):
    """The trained project as a git repository with DVC, and a value that depends on the scale."""
    trained.edit("params.yaml", "    warmup: 2\n", "    warmup: {demo: 2, small: 20, full: 200}\n")
    trained.repository()
    assert trained.missing() == []
    return trained


def test_a_set_parameter_retrains_its_method_alone_and_changes_one_line(repository):
    repository.dvc("exp", "run", "-q", "-S", "methods.autoloss.warmup=10", "data")

    diff = repository.run("git", "diff", "-U0", "params.yaml").splitlines()
    changed = [line for line in diff if line[0] in "+-" and not line.startswith(("+++", "---"))]
    assert changed == ["-    warmup: {demo: 2, small: 20, full: 200}", "+    warmup: 10"]
    assert repository.missing() == ["autoloss 0", "autoloss 1"]
    assert {row["reason"] for row in repository.plan() if row["reason"]} == {"method.params.warmup: 2 → 10"}
    shown = [line.split() for line in repository.dvc("params", "diff").splitlines()[1:]]
    assert [line[1:] for line in shown] == [
        ["methods.autoloss.warmup", "-", "10"],
        ["methods.autoloss.warmup.demo", "2", "-"],
        ["methods.autoloss.warmup.full", "200", "-"],
        ["methods.autoloss.warmup.small", "20", "-"],
    ]
    columns = repository.dvc("exp", "show", "--only-changed", "--csv").splitlines()[0].split(",")
    assert {name for name in columns if name.startswith("methods.")} == {line[1] for line in shown}
