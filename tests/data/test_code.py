"""Data are made again with other code of their format, encoder or generator, and with no other code."""

import ast
import shutil

import pytest

from autoloss import imports, registry
from autoloss.data import facts


@pytest.fixture
def edit(tmp_path, monkeypatch):
    """edit(file, old, new): replaces text in a copy of the package, which is taken for the one that runs.

    With the file alone, a line of code is added at its end.
    """
    package = tmp_path / "autoloss"
    shutil.copytree(registry.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(registry, "PACKAGE", package)
    imports.forget()

    def run(file: str, old: str = "", new: str = "") -> None:
        text = (package / file).read_text()
        assert old in text
        (package / file).write_text(text.replace(old, new, 1) if old else f"{text}MORE = 1\n")
        imports.forget()

    yield run
    monkeypatch.undo()
    imports.forget()


@pytest.fixture
def made(encode, criteo_entry, write, criteo_lines, tmp_path):
    """made(synthetic) → (time at which a dataset was encoded, folders of generated rows), brought up to date."""
    own = criteo_entry(name="own", source=str(write("train.txt", "\n".join(criteo_lines(300)))))
    generated = criteo_entry(name="generated", source="synthetic", rows=300)

    def run(synthetic: bool) -> tuple[int, set[str]]:
        entry = generated if synthetic else own
        encode(entry)
        raw = {folder.name for folder in (tmp_path / "raw").glob("synthetic/*")}
        return (tmp_path / "encoded" / entry.name / facts.FILE).stat().st_mtime_ns, raw

    return run


@pytest.mark.parametrize("synthetic", [True, False], ids=["synthetic", "own"])
@pytest.mark.parametrize("file", ["datasets/criteo.py", "datasets/_values.py", "data/encode/split.py"])
def test_an_edited_format_or_encoder_encodes_again(file, synthetic, edit, made):
    before, _ = made(synthetic)
    edit(file)
    after, _ = made(synthetic)
    assert after > before and made(synthetic)[0] == after


@pytest.mark.parametrize("synthetic", [True, False], ids=["synthetic", "own"])
def test_other_code_comments_docstrings_and_layout_encode_nothing(synthetic, edit, made):
    before = made(synthetic)
    edit("datasets/criteo.py", '"""', '"""Other words. ')
    edit("datasets/criteo.py", "class Criteo(Format):\n", "\n\nclass Criteo(Format):  # a comment\n")
    edit("metrics/auc.py", 'phrase = "AUC"', 'phrase = "area under the curve"')
    for file in ("datasets/avazu.py", "config/schema.py", "data/verify.py", "models/deepfm.py"):
        edit(file)
    assert made(synthetic) == before


@pytest.mark.parametrize("file", ["datasets/criteo.py", "datasets/_synthetic.py"])
def test_an_edited_generator_generates_again(file, edit, made):
    _, before = made(True)
    edit(file)
    assert made(True)[1] > before


def test_an_edited_encoder_or_metric_generates_nothing(edit, made):
    _, before = made(True)
    for file in ("data/encode/split.py", "metrics/auc.py", "datasets/avazu.py"):
        edit(file)
    assert made(True)[1] == before


def test_an_edited_metric_counts_where_the_best_possible_one_is_computed(edit, made):
    generated, own = made(True)[0], made(False)[0]
    edit("metrics/auc.py")
    assert made(True)[0] > generated and made(False)[0] == own


def test_data_of_a_version_that_did_not_look_at_code_are_encoded_once(encode, criteo_entry, tmp_path):
    entry = criteo_entry(source="synthetic", rows=300)
    encode(entry)
    meta = tmp_path / "encoded" / "criteo" / facts.FILE
    meta.write_text(meta.read_text().replace(facts.read(meta.parent).request, "0" * 64).replace('"seal"', '"no seal"'))
    assert facts.read(meta.parent).request == "0" * 64
    encode(entry)
    assert facts.read(meta.parent).request != "0" * 64


def test_formats_and_encoder_import_at_their_top_alone_where_the_digest_looks():
    for path in [*registry.PACKAGE.glob("datasets/*.py"), *registry.PACKAGE.glob("data/encode/**/*.py")]:
        functions = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.FunctionDef)]
        inside = [node for each in functions for node in ast.walk(each) if isinstance(node, ast.ImportFrom)]
        assert not [node for node in inside if (node.module or "").startswith("autoloss")], path
