"""How params.yaml is read: YAML 1.2, no key twice, finite numbers, UTF-8."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autoloss.config.read import read, value
from autoloss.errors import UserError

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def refused(tmp_path):
    """Writes a file, and returns the one line with which it is refused, without the path."""

    def refused(text):
        path = tmp_path / "params.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(UserError) as caught:
            read(path)
        assert "\n" not in str(caught.value)
        return str(caught.value).removeprefix(str(path))

    return refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-3", 0.001), ("1e-06", 1e-6), (".5", 0.5), ("1.", 1.0), ("-2", -2), ("010", 10), ("1_000", 1000),
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("true", True), ("False", False), ("~", None), ("", None),
        ("'1'", "1"), ('"no"', "no"), ("1:30", "1:30"), ("2021-01-01", "2021-01-01"), ("1.2.3", "1.2.3"),
        ("[1, 2.5, x]", [1, 2.5, "x"]), ("{a: [1], b: {c: 2}}", {"a": [1], "b": {"c": 2}}),
    ],
)  # fmt: skip
def test_scalars_are_read_as_dvc_reads_them(text, expected):
    from dvc.utils.serialize import loads_yaml

    found = value(text, "here")
    assert (found, type(found)) == (expected, type(expected))
    if text not in ("2021-01-01", ""):  # DVC makes a date of the one, and a file of nothing of the other
        assert loads_yaml(f"x: {text}")["x"] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", ":3: a: is defined twice, first in line 1"),
        ("a:\n  b:\n    c: 1\n    d: 2\n    c: 3\n", ":5: a.b.c: is defined twice, first in line 3"),
        ("a: {b: 1, b: 1}\n", ":1: a.b: is defined twice, first in line 1"),
        ("a: [{b: 1,\n b: 1}]\n", ":2: a.b: is defined twice, first in line 1"),
        ("a: .inf\n", ":1: a: expected a finite number, found .inf"),
        ("a: [1, -.Inf]\n", ":1: a: expected a finite number, found -.Inf"),
        ("a:\n  b: .nan\n", ":2: a.b: expected a finite number, found .nan"),
        ("a: 1e999\n", ":1: a: expected a finite number, found 1e999"),
        (f"a: {'1' * 5000}\n", ":1: a: a number of 5000 characters is too long"),
        ("a: 1\n2: b\n", ":2: a key is 2, expected text; put it in quotes"),
        ("a: &x {b: 1}\nc: *x\n", ":2: c: an alias of a mapping is not supported; write like: NAME"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", ":3: c: the merge key << is not supported; write like: NAME"),
        ("a: !!python/name:os.system x\n", ":1: a: the tag"),
        ("a: &x [*x]\n", ": nested too deeply"),
        ("a: [1\n", ":2: not valid YAML"),
        ("a: 1\n---\nb: 1\n", ":2: not valid YAML"),
        ("a: \x00\n", ": not valid YAML"),
        ("- 1\n", ": expected a mapping of sections, found [1]"),
        ("", ": expected a mapping of sections, found None"),
        (b"a: 1\nb: caf\xe9\n", ":2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_one_line_with_its_place(refused, text, message):
    assert refused(text).startswith(message)


def test_a_list_may_stand_twice_by_an_alias(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("a: &x [1]\nb: *x\n")
    assert read(path)["b"].plain == [1]


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(UserError, match="nothing.yaml: cannot be read"):
        read(tmp_path / "nothing.yaml")


def test_the_locale_does_not_matter(tmp_path):
    (tmp_path / "params.yaml").write_text("a: é — ≥\n", encoding="utf-8")
    code = (
        "from pathlib import Path; from autoloss.config.read import read\n"
        "print(ascii(read(Path('params.yaml'))['a'].plain))"
    )
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, **ascii_only, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == ascii("é — ≥"), done.stderr
