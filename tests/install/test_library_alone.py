"""The library works where only its own dependencies are installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "library.md"
# what the README's example leaves to the reader, from what the page has defined
README_GIVEN = """
training_batches = [next(valid) for _ in range(3)]
next_validation_batch = lambda: next(valid)
"""
# recipes for models of other packages, with stand-ins of the same shape
RECIPES_USED = """
from types import SimpleNamespace

class Classifier(torch.nn.Linear):
    def forward(self, input_ids, attention_mask):
        return SimpleNamespace(logits=super().forward(input_ids * attention_mask))

class Rechub(torch.nn.Linear):
    def forward(self, features):
        return torch.sigmoid(super().forward(features["user"] + features["item"]).squeeze(1))

for wrapped, packed in (
    (Logits(Classifier(8, 1)), lambda x: {"input_ids": x, "attention_mask": torch.ones_like(x)}),
    (Undone(Rechub(8, 1)), lambda x: ({"user": x, "item": x},)),
):
    chooser = AutoLoss([Focal(), CrossEntropy()], n_outputs=1, warmup=0)
    adam = torch.optim.Adam(wrapped.parameters(), lr=0.01)
    for _, (inputs, y) in zip(range(10), batches(seed=11)):
        valid_inputs, valid_y = next(valid)
        train_step(wrapped, adam, chooser, packed(inputs), y, lambda: (packed(valid_inputs), valid_y))
"""
INSTALL = "AUTOLOSS_TEST_INSTALL"  # set to make a new environment for this: it downloads PyTorch

# hides the modules listed in the file that is the first argument, then runs the one that is the second
ALONE = """
import json, sys
from importlib.machinery import PathFinder

hidden = set(json.load(open(sys.argv[1])))

class Visible(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in hidden else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Visible
exec(compile(open(sys.argv[2]).read(), sys.argv[2], "exec"), {"__name__": "__main__"})
"""


def _python_blocks(document: Path) -> list[str]:
    blocks = re.findall(r"```python\n(.*?)```", document.read_text(), re.DOTALL)
    return [block for block in blocks if not block.startswith("import lightning")]  # tests/methods/test_library.py


@pytest.fixture
def page(tmp_path):
    """docs/library.md and the README's example as one program."""
    program = tmp_path / "page.py"
    blocks, (example,) = _python_blocks(PAGE), _python_blocks(ROOT / "README.md")
    assert len(blocks) > 4
    program.write_text("\n".join([*blocks, "assert loss.isfinite()", RECIPES_USED, README_GIVEN, example]))
    return program


@pytest.fixture
def alone(tmp_path, declared, closure, normal):
    """Runs a program with every installed package hidden that the library does not need."""
    needed = closure(declared())
    modules = packages_distributions()
    hidden = [name for name, homes in modules.items() if not needed & set(map(normal, homes)) and name != "autoloss"]
    assert {"dvc", "mlflow", "snakemake", "pydantic"} <= set(hidden) and "torch" not in hidden
    (tmp_path / "hidden.json").write_text(json.dumps(hidden))
    (tmp_path / "alone.py").write_text(ALONE)

    def run(program: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "alone.py", "hidden.json", program]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def test_the_page_about_it_runs(page, alone, tmp_path):
    done = alone(page)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "controller" / "controller.safetensors").is_file()


def test_the_command_line_names_what_to_install(alone):
    done = alone(ROOT / "autoloss" / "__main__.py")
    assert done.returncode == 1
    assert done.stderr.startswith("error: the command line needs '") and "pip install '.[pipeline]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(INSTALL not in os.environ, reason=f"downloads PyTorch: set {INSTALL}")
def test_pip_installs_it_without_the_pipeline(page, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    shutil.copytree(ROOT / "autoloss", source / "autoloss", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    def run(*command: str | Path) -> str:
        done = subprocess.run([python, *command], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "pip", "install", "--quiet", source)
    run(page)
    installed = {package["name"] for package in json.loads(run("-m", "pip", "list", "--format=json"))}
    assert "autoloss-recsys" in installed and not installed & {"dvc", "mlflow", "snakemake", "pydantic"}
