"""The registry finds plug-ins by file name, and reads what params.yaml may set from their source."""

import pytest

from autoloss import registry
from autoloss.errors import UserError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An empty package folder in which the registry looks for source files."""
    (tmp_path / "losses").mkdir()
    monkeypatch.setattr(registry, "PACKAGE", tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", registry.KINDS)
def test_every_plugin_loads_under_its_file_name(kind):
    assert registry.names(kind)
    for name in registry.names(kind):
        assert registry.load(kind, name).__name__.lower() == name.replace("_", "")


def test_hyperparameters_are_the_keyword_only_arguments(package):
    (package / "losses" / "one_two.py").write_text(
        "class OneTwo:\n    def __init__(self, x, *, gamma: float = 2.0, sizes: tuple[int, ...] = (1, 2)): pass\n"
    )
    schema = registry.hyperparameters("losses", "one_two")
    assert schema().model_dump() == {"gamma": 2.0, "sizes": (1, 2)}
    with pytest.raises(ValueError, match="extra"):
        schema(x=1)
    with pytest.raises(ValueError, match="gamma"):
        schema(gamma="much")


def test_a_class_constant_is_read_from_the_source(package):
    (package / "losses" / "three.py").write_text('class Three:\n    tasks = ("regression",)\n')
    assert registry.constant("losses", "three", "tasks") == ("regression",)
    assert registry.constant("losses", "three", "nothing", 5) == 5


def test_files_that_start_with_an_underscore_are_helpers(package):
    (package / "losses" / "_helper.py").write_text("")
    assert registry.names("losses") == ()


def test_an_unknown_name_is_answered_with_the_nearest_one():
    with pytest.raises(UserError, match="unknown loss 'focel'; did you mean 'focal'"):
        registry.load("losses", "focel")


def test_a_file_without_its_class_is_one_clear_line(package):
    (package / "losses" / "four.py").write_text("class Five: pass\n")
    with pytest.raises(UserError, match="four.py: the registry wants a class called as the file"):
        registry.hyperparameters("losses", "four")
