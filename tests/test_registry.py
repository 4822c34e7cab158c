"""The registry finds plug-ins by file name, and reads what params.yaml may set from their source."""

import pytest

from autoloss import registry
from autoloss.errors import UserError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An empty package folder in which the registry looks for source files."""
    (tmp_path / "losses").mkdir()
    monkeypatch.setattr(registry, "PACKAGE", tmp_path)
    for cached in (registry.hyperparameters, registry._class_node):
        cached.cache_clear()
    yield tmp_path
    for cached in (registry.hyperparameters, registry._class_node):
        cached.cache_clear()


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
    with pytest.raises(
        UserError, match="four.py: name the class after the file: expected Four, in any case, found Five$"
    ):
        registry.hyperparameters("losses", "four")


def test_a_plugin_that_is_no_python_is_named_with_its_line_when_it_is_used_and_stops_no_other(package):
    (package / "losses" / "broken.py").write_text("class Broken:\n    def f(self:\n        pass\n")
    (package / "losses" / "whole.py").write_text("class Whole:\n    def __init__(self, *, gamma: float = 2.0): pass\n")
    assert registry.names("losses") == ("broken", "whole")
    assert registry.hyperparameters("losses", "whole")().model_dump() == {"gamma": 2.0}
    for use in (registry.hyperparameters, registry.load):
        with pytest.raises(UserError, match=r"losses/broken.py:2: not valid Python: ") as caught:
            use("losses", "broken")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("gamma: Foo = 1", "five.py:2: gamma: the annotation Foo is not understood; expected int, float"),
        ("gamma: float = 1 / 3", "five.py:2: gamma: found 1 / 3, expected a literal"),
    ],
)
def test_a_hyperparameter_that_cannot_be_read_from_the_source_is_one_line(package, argument, message):
    (package / "losses" / "five.py").write_text(f"class Five:\n    def __init__(self, *, {argument}): pass\n")
    with pytest.raises(UserError, match=message):
        registry.hyperparameters("losses", "five")


def test_a_range_is_part_of_the_schema_and_nothing_at_run_time(package):
    (package / "losses" / "six.py").write_text(
        "from autoloss.ranges import PositiveInt, Probability\n\n"
        "class Six:\n    def __init__(self, *, n: PositiveInt = 1, p: Probability | None = None): pass\n"
    )
    schema = registry.hyperparameters("losses", "six")
    assert schema(n=2, p=0.5).model_dump() == {"n": 2, "p": 0.5}
    for wrong in ({"n": 0}, {"p": 1.0}, {"p": -0.1}, {"p": float("nan")}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            schema(**wrong)


@pytest.mark.parametrize("kind", registry.KINDS)
def test_every_number_of_every_plugin_has_a_range(kind):
    for name in registry.names(kind):
        for argument, about in registry.hyperparameters(kind, name).model_json_schema()["properties"].items():
            for number in _numbers(about):
                bounds = {"minimum", "exclusiveMinimum", "enum", "const"}
                assert bounds & number.keys(), f"{kind} {name}: {argument} has no range"


def _numbers(schema):
    """The parts of a json schema that are numbers."""
    if schema.get("type") in ("integer", "number"):
        yield schema
    for part in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from _numbers(part)


def test_a_method_that_the_class_defines_is_found(package):
    (package / "losses" / "seven.py").write_text("class Seven:\n    def forward(self): pass\n")
    assert registry.defines("losses", "seven", "forward")
    assert not registry.defines("losses", "seven", "backward")
