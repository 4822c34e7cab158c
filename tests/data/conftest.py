"""What the tests of the data room share: small raw files, a way to encode them, and the recipe written out slowly."""

import math
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from autoloss.config import Dataset
from autoloss.data import load
from autoloss.data.preparation import encode_into


@pytest.fixture
def encode(tmp_path):
    """encode(entry) → EncodedData; each entry gets a folder of its own under tmp_path."""

    def run(entry: Dataset, name: str | None = None):
        folder = tmp_path / "encoded" / (name or entry.name)
        encode_into(entry, folder, tmp_path / "raw", tmp_path / "work")
        return load(folder)

    return run


@pytest.fixture
def criteo_entry():
    """criteo_entry(**settings) → an entry for a file in the format of train.txt."""
    base = {"name": "criteo", "use": "criteo", "task": "binary", "threshold": 10}
    return lambda **settings: Dataset(**{**base, **settings})


@pytest.fixture
def movielens_entry():
    """movielens_entry(**settings) → an entry for ratings.csv."""
    return lambda **settings: Dataset(
        **{"name": "ml", "use": "movielens", "task": "multiclass", "n_classes": 5, **settings}
    )


@pytest.fixture
def write(tmp_path):
    """write(name, text or bytes) → path of a new file."""

    def run(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return run


@pytest.fixture
def criteo_lines():
    """criteo_lines(n, seed) → n lines of train.txt with few values, so that some stand at the threshold."""
    return _criteo_lines


def _criteo_lines(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    lines = []
    for row in range(n):
        numbers = rng.integers(-3, 40, 13) ** 2 * rng.choice([-1, 1], 13)
        integers = ["" if rng.random() < 0.2 else str(number) for number in numbers]
        categories = ["" if rng.random() < 0.1 else f"{int(rng.integers(0, 30) ** 1.5):08x}" for _ in range(26)]
        lines.append("\t".join([str(row % 4 // 3), *integers, *categories]))
    return lines


@pytest.fixture
def real_file():
    """real_file(name) → a file of real rows; skips the test where there are none."""

    def find(name: str) -> Path:
        root = Path(__file__).parents[2]
        for folder in (root / "shipped", os.environ.get("AUTOLOSS_MIRROR"), root.parent / "shared" / "data"):
            if folder and (Path(folder) / name).is_file():
                return Path(folder) / name
        pytest.skip(f"{name} is in neither AUTOLOSS_MIRROR nor ../shared/data")

    return find


@pytest.fixture
def slow_ids():
    """slow_ids(rows, threshold, integers) → the recipe for rows of texts, value by value: [n, F] ids, field sizes."""
    return _slow_ids


def _slow_ids(
    rows: list[list[str]], threshold: int, integers: int, counted: list[bool] | None = None, rare: bool | None = None
) -> tuple[np.ndarray, list[int]]:
    rare = threshold > 1 if rare is None else rare
    mapped = [[_slow_value(text, i < integers) for i, text in enumerate(row)] for row in rows]
    out, sizes = [], []
    for column in zip(*mapped, strict=True):
        counts = Counter(v for v, use in zip(column, counted or [True] * len(column), strict=True) if use)
        ids = {}
        for value in counts:
            if counts[value] >= threshold:
                ids[value] = len(ids)
        out.append([ids.get(value, -1) for value in column])
        sizes.append(len(ids) + rare)
    return np.array(out).T, sizes


def _slow_value(text: str, integer: bool) -> str:
    if not integer:
        return text
    if text == "":
        return "NULL"
    v = int(text)
    return str(int(math.log(v) ** 2)) if v > 2 else str(v - 2)


@pytest.fixture
def in_file_order():
    """in_file_order(data, seed) → [n, F] ids and [n] labels of encoded data in the order of the raw file."""

    def run(data, seed: int = 0):
        from autoloss.data.encode.split import random_split

        split = random_split(0, data.facts.rows, seed)
        ids = np.empty((data.facts.rows, len(data.facts.field_sizes)), np.int64)
        y = np.empty(data.facts.rows)
        for number, part in enumerate((data.train, data.valid, data.test)):
            ids[split == number], y[split == number] = part.ids.numpy(), part.y.numpy()
        return ids, y

    return run


@pytest.fixture
def same_partition():
    """same_partition(a, b): in each column two ids of `a` are equal exactly where those of `b` are."""

    def check(a: np.ndarray, b: np.ndarray) -> None:
        assert a.shape == b.shape
        for column in range(a.shape[1]):
            pairs = set(zip(a[:, column].tolist(), b[:, column].tolist(), strict=True))
            assert len(pairs) == len({p[0] for p in pairs}) == len({p[1] for p in pairs}), f"column {column}"

    return check
