"""The code digest changes with what trains, and with nothing else."""

from dataclasses import replace

import pytest
from fake_records import spec

from autoloss import imports, registry
from autoloss.cells import digest
from autoloss.errors import UserError
from autoloss.training.spec import PlugIn

FILES = {
    "__init__": "",
    "training/__init__": "",
    "training/entry": "from autoloss.training import loop\n",
    "training/loop": "import autoloss.methods._method\n\ndef fit():\n    return 1\n",
    "methods/__init__": "if TYPE_CHECKING:\n    from autoloss.methods.helper import H as H\n",
    "methods/helper": "H = 5\n",
    "methods/by_name": "from autoloss.methods import H\n",
    "methods/_method": "X = 1\n",
    "methods/mine": "from autoloss.methods._method import X\n",
    "methods/other": "Y = 2\n",
    "models/__init__": "",
    "models/net": "def net():\n    from autoloss.methods import other\n    return other\n",
    "losses/__init__": "",
    "losses/ce": "Z = 3\n",
    "metrics/__init__": "",
    "metrics/hits": "class Hits:\n    title, phrase = 'Hits', 'hits'\n    decimals = 4\n    decides = True\n",
    "reporting/__init__": "",
    "reporting/page": "P = 4\n",
}
SPEC = replace(spec("mine", ("ce",)), model=PlugIn("net", {}))


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / f"{name}.py").parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(registry, "PACKAGE", tmp_path)
    digest.current_code(SPEC)  # forgets what was read of the real package
    yield tmp_path
    monkeypatch.undo()
    imports.forget()


def _digest_after(package, name, text):
    (package / f"{name}.py").write_text(text)
    return digest.current_code(SPEC)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("methods/mine", "from autoloss.methods._method import X\nX += 1\n"),
        ("methods/_method", "X = 2\n"),
        ("training/loop", "import autoloss.methods._method\n\ndef fit():\n    return 2\n"),
        ("losses/ce", "Z = 4\n"),
        ("losses/__init__", "import os\n"),
        ("metrics/hits", "class Hits:\n    title, phrase = 'Hits', 'hits'\n    decimals = 4\n    decides = False\n"),
        ("metrics/more", "class More:\n    decides = False\n"),
    ],
)
def test_code_that_trains_changes_the_digest(package, name, text):
    before = digest.current_code(SPEC)
    assert _digest_after(package, name, text) != before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("methods/other", "Y = 3\n"),
        ("reporting/page", "P = 5\n"),
        ("metrics/hits", "class Hits:\n    title = phrase = 'HITS'\n    decimals = 5\n    decides = True\n"),
        ("training/loop", "'''New words.'''\nimport autoloss.methods._method  # why\n\n\ndef fit():\n    return (1)\n"),
        ("training/loop", "import autoloss.methods._method\n\ndef fit():\n    'Says what.'\n    return 1\n"),
    ],
)
def test_other_code_comments_and_docstrings_do_not(package, name, text):
    before = digest.current_code(SPEC)
    assert _digest_after(package, name, text) == before


def test_a_reworded_error_does_not(package):
    text = "MODE = 'fast'\n\ndef check(n):\n    if n < 1:\n        raise ValueError(f'found {n}, expected 1')\n"
    before = _digest_after(package, "losses/ce", text)
    assert _digest_after(package, "losses/ce", text.replace("found {n}, expected 1", "too few: {n}")) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("'fast'", "'slow'"), ("n < 1", "n < 2"), ("ValueError", "KeyError"), ("{n}", "{n + 1}"), ("expected {1}", "{2}")],
)
def test_a_constant_that_matters_does_beside_an_error(package, old, new):
    text = "MODE = 'fast'\n\ndef check(n):\n    if n < 1:\n        raise ValueError(f'found {n}, expected {1}')\n"
    assert old in text
    before = _digest_after(package, "losses/ce", text)
    assert _digest_after(package, "losses/ce", text.replace(old, new)) != before


def test_a_string_counts_outside_an_error_even_where_an_error_says_it_too(package):
    text = "MODE = 'fast'\n\ndef check():\n    raise ValueError('fast')\n"
    before = _digest_after(package, "losses/ce", text)
    assert _digest_after(package, "losses/ce", text.replace("'fast'", "'slow'")) != before
    assert _digest_after(package, "losses/ce", text.replace("('fast')", "('slow')")) == before


def test_closure_follows_imports_and_holds_the_packages_on_the_way(package):
    assert imports.closure(["autoloss.methods.mine"]) == (
        "autoloss", "autoloss.methods", "autoloss.methods._method", "autoloss.methods.mine",
    )  # fmt: skip


def test_a_name_taken_from_a_package_counts_as_the_module_that_defines_it(package):
    assert "autoloss.methods.helper" in imports.closure(["autoloss.methods.by_name"])
    assert "autoloss.methods.helper" not in imports.closure(["autoloss.methods.mine"])


def test_another_public_name_of_a_package_does_not_change_the_digest(package):
    before = digest.current_code(SPEC)
    longer = FILES["methods/__init__"] + "    from autoloss.methods.other import Y as Y\n"
    assert _digest_after(package, "methods/__init__", longer) == before


def test_a_module_that_was_imported_all_the_same_is_found(package, monkeypatch):
    before = digest.loaded_modules()
    monkeypatch.setitem(digest.sys.modules, "autoloss.methods.other", object())
    monkeypatch.setitem(digest.sys.modules, "autoloss.methods.mine", object())
    monkeypatch.setitem(digest.sys.modules, "autoloss.cells.something", object())
    assert digest.unforeseen_modules(SPEC, before) == ["autoloss.methods.other"]
    assert digest.unforeseen_modules(SPEC, digest.loaded_modules()) == []


RELATIVE = {
    "methods/mine": ("from ._method import X\n", "autoloss.methods._method"),
    "methods/mine ": ("from . import _method\n", "autoloss.methods._method"),
    "models/net": ("from ..methods._method import X\n", "autoloss.methods._method"),
    "losses/__init__": ("from .ce import Z\n", "autoloss.losses.ce"),
}


@pytest.mark.parametrize("name", RELATIVE)
def test_a_relative_import_is_followed(package, name):
    text, imported = RELATIVE[name]
    _digest_after(package, name.strip(), text)
    module = f"autoloss.{name.strip().replace('/', '.').removesuffix('.__init__')}"
    assert imported in imports.closure([module])


def test_code_behind_a_relative_import_changes_the_digest(package):
    before = _digest_after(package, "models/net", "from ..reporting import page\n")
    assert _digest_after(package, "reporting/page", "P = 5\n") != before


def test_a_relative_import_that_leaves_the_package_is_one_line(package):
    with pytest.raises(UserError, match=r"autoloss.models.net, line 2: expected an import inside autoloss"):
        _digest_after(package, "models/net", "import os\nfrom ...x import y\n")


@pytest.mark.parametrize("loaded", [False, True], ids=["first cell", "a later cell"])
def test_an_import_inside_a_function_of_what_the_digest_lacks_is_found_whatever_was_loaded(
    package, monkeypatch, loaded
):
    if loaded:
        monkeypatch.setitem(digest.sys.modules, "autoloss.methods.other", object())
    assert digest.hidden_imports(SPEC) == ["autoloss.models.net, line 2 imports autoloss.methods.other"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f():\n    from autoloss.methods import _method\n", []),  # covered all the same
        ("if TYPE_CHECKING:\n    from autoloss.methods.other import Y\n", []),
        ("def f():\n    import autoloss.cells\n", []),
        ("class C:\n    def f(self):\n        from ..methods import other\n", ["autoloss.methods.other"]),
        ("try:\n    from autoloss.methods import other\nexcept ImportError:\n    pass\n", ["autoloss.methods.other"]),
        ("def f():\n    import autoloss.reporting.page\n", ["autoloss.reporting.page"]),
    ],
)
def test_imports_below_the_top_level_are_looked_at_wherever_they_run(package, text, found):
    _digest_after(package, "models/net", text)
    assert [line.rpartition(" imports ")[2] for line in digest.hidden_imports(SPEC)] == found


def test_no_plug_in_has_imports_that_the_digest_lacks():
    imports.forget()
    plug_ins = [f"autoloss.{kind}.{name}" for kind in ("models", "methods", "losses") for name in registry.names(kind)]
    covered = imports.closure([digest.ENTRY, *plug_ins])
    assert [found for module in covered for found in imports.later(module)] == []
