"""Two trainings compared over the test rows, from the predictions that their cells stored."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autoloss.reporting.groups import Group
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result
from autoloss.reporting.statistics.bootstrap import paired_bootstrap
from autoloss.reporting.statistics.delong import auc_difference

# Work of a bootstrap, in replicates × rows × models: 500 replicates for ten models on 2,000 rows.
EFFORT = 10_000_000


@dataclass(frozen=True)
class RowTest:
    """ours − theirs over test rows: difference, 95 % interval, two-sided p, and the test's name."""

    name: str
    difference: float
    low: float
    high: float
    p: float


def over_rows(material: Material, dataset: str, metric: str, ours: Group, theirs: Group) -> RowTest | None:
    """The test of one metric, over the seeds that both have; None where predictions or labels are not there.

    Args:
        material: knows where the labels are.
        dataset: its name.
        metric: "auc" or "logloss" (others have no test over rows).
        ours, theirs: two trainings on the same test rows.
    """
    labels = labels_of(material, dataset)
    seeds = {r.seed for r in ours.done} & {r.seed for r in theirs.done}
    if metric not in ("auc", "logloss") or labels is None or not seeds:
        return None
    a, b = ([predictions(r, len(labels)) for r in g.done if r.seed in seeds] for g in (ours, theirs))
    if any(p is None for p in (*a, *b)):
        return None
    if metric == "auc" and a[0].ndim == 1:
        found = auc_difference(np.stack(a), np.stack(b), labels)
        return RowTest("DeLong", found.difference, found.low, found.high, found.p)
    replicates = int(np.clip(EFFORT / (len(labels) * len(seeds) * 2), 20, 1000))
    drawn = paired_bootstrap(a, b, labels, metric, replicates)
    return RowTest(f"paired bootstrap, {drawn.replicates} replicates", drawn.difference, drawn.low, drawn.high, drawn.p)


def labels_of(material: Material, dataset: str) -> np.ndarray | None:
    """[N] labels of the test rows, or None where the data are not there."""
    return _array(material.root / "data" / "encoded" / material.config.scale / dataset / "test_labels.npy")


def predictions(result: Result, rows: int) -> np.ndarray | None:
    """[N] or [N, C] logits of the test rows, or None where the cell kept none that fit."""
    found = _array(result.folder / "test_predictions.npy") if result.folder else None
    return found if found is not None and len(found) == rows else None


def _array(path: Path) -> np.ndarray | None:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
