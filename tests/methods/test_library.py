"""The library as its user meets it: light to import. That docs/library.md runs: tests/install/test_library_alone.py."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import autoloss
import autoloss.losses
import autoloss.methods
import autoloss.models

PAGE = Path(__file__).parents[2] / "docs" / "library.md"


def test_training_with_autoloss_takes_ten_lines_at_most():
    section = PAGE.read_text().split("## Train with AutoLoss")[1]
    block = re.search(r"```python\n(.*?)```", section, re.DOTALL).group(1)
    assert len([line for line in block.splitlines() if line.strip()]) <= 10


def test_the_lightning_recipe_trains(tmp_path):
    lightning = pytest.importorskip("lightning")
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    page = {}
    for block in [*blocks[:2], *(block for block in blocks if block.startswith("import lightning"))]:
        exec(block, page)
    rows = torch.utils.data.TensorDataset(*next(page["batches"](seed=0)))
    loader = torch.utils.data.DataLoader(rows, batch_size=32)
    recommender = page["Recommender"](page["model"], loader)
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "accelerator": "cpu"}
    lightning.Trainer(max_steps=60, default_root_dir=tmp_path, **quiet).fit(recommender, loader)
    assert recommender.method.steps == 60 and recommender.method.record.updates > 0


def test_importing_the_package_imports_neither_torch_nor_a_room():
    code = "import sys, autoloss; print([m for m in sys.modules if m.startswith(('torch', 'autoloss.', 'numpy'))])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PAGE.parents[1])
    assert out.stdout.strip() == "['autoloss.lazy']"


def test_every_public_name_is_there():
    for package in (autoloss, autoloss.losses, autoloss.models, autoloss.methods):
        assert dir(package)
        for name in dir(package):
            assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Autoloss'; it has: AutoLoss"):
        autoloss.Autoloss  # noqa: B018
