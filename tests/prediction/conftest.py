"""A small project with trained cells: a table of mixed columns, and ratings in five classes."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from autoloss import cells
from autoloss.cells import run
from autoloss.cells.finished import FinishedCell, read
from autoloss.config import load
from autoloss.data import prepare

ROWS = 1200
RNG = np.random.default_rng(0)
SCORE = RNG.normal(size=ROWS)
FRAME = pl.DataFrame(
    {
        "clicked": np.where(RNG.random(ROWS) < 1 / (1 + np.exp(-2 * SCORE)), "yes", "no"),
        "score": pl.Series(SCORE.round(3)).set(pl.Series(RNG.random(ROWS) < 0.1), None),
        "day": [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(ROWS)],
        "shop": [f"shop {i}" for i in RNG.integers(0, 40, ROWS)],
    }
)
PARAMS = {
    "seeds": 2,
    "datasets": {
        "shop": {
            "use": "table", "source": "shop.csv", "task": "binary", "label": "clicked",
            "threshold": 2, "vocabulary": "train",
        },
        "ratings": {"use": "movielens", "task": "multiclass", "n_classes": 5, "source": "synthetic", "rows": 1000},
        "clicks": {"use": "criteo", "task": "binary", "source": "synthetic", "rows": 1000, "threshold": 10},
    },
    "losses": {"cross_entropy": {}},
    "models": {"deepfm": {"dim": 4, "mlp": [8], "dropout": 0.1}},
    "methods": {"ce": {"use": "fixed", "losses": ["cross_entropy"]}},
    "training": {"paper": {"batch_size": 100, "epochs": 2, "keep_model": "first seed"}},
    "experiments": {"overall": {"datasets": ["shop", "ratings", "clicks"], "models": ["deepfm"], "methods": ["ce"]}},
}  # fmt: skip


class Project:
    """A project's folder with trained cells."""

    def __init__(self, root: Path):
        self.root, self.config = root, load(root / "params.yaml")
        for name in self.config.datasets:
            prepare(self.config, name, root / "data")
        planned = cells.plan(self.config, root).cells
        assert not run.run([cell for cell in planned if cell.seed == 0 or cell.dataset == "shop"], root, "cpu", 1)
        self._folder = {(cell.dataset, cell.seed): cell.folder(root) for cell in planned}

    def cell(self, dataset: str, seed: int = 0) -> FinishedCell:
        return read(self._folder[dataset, seed])

    def data(self, dataset: str) -> Path:
        return self.root / "data" / "encoded" / "demo" / dataset

    def stored(self, dataset: str) -> np.ndarray:
        """The cell's test predictions (logits)."""
        return np.load(self._folder[dataset, 0] / "test_predictions.npy")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The project; tests leave it as it is."""
    root, before = tmp_path_factory.mktemp("project"), Path.cwd()
    FRAME.write_csv(root / "shop.csv")
    (root / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    os.chdir(root)
    try:
        yield Project(root)
    finally:
        os.chdir(before)


@pytest.fixture
def project(trained, monkeypatch):
    """The project as the current folder."""
    monkeypatch.chdir(trained.root)
    return trained
