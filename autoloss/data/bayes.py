"""What nobody can beat: metrics of the true probabilities on the test rows of synthetic data."""

from pathlib import Path

import numpy as np

from autoloss.config import Dataset
from autoloss.datasets._format import Format


class Bayes:
    """Collects the true probabilities of the test rows.

    Args:
        path: truth.npy, float32 [rows] or [rows, levels].
        form, entry: how they become class probabilities.
    """

    def __init__(self, path: Path, form: Format, entry: Dataset):
        self.path, self.form, self.entry = path, form, entry
        self._p: list[np.ndarray] = []
        self._y: list[np.ndarray] = []

    def add(self, records: np.ndarray, labels: np.ndarray, test: np.ndarray) -> None:
        """The test rows of a block: their record numbers in the file, and their labels."""
        stored = np.load(self.path, mmap_mode="r", allow_pickle=False)  # anew each time: what was read can be forgotten
        self._p.append(stored[records[test]])
        self._y.append(labels[test].astype(np.float32))

    def metrics(self) -> dict[str, float]:
        """auc and logloss (rmse for regression); auc is macro one-vs-rest for several classes."""
        y = np.concatenate(self._y)
        p = self.form.truth(np.concatenate(self._p).astype(np.float64), self.entry.task, self.entry.n_classes)
        if self.entry.task == "regression":
            return {"rmse": float(np.sqrt(np.mean((p - y) ** 2)))}
        if self.entry.task == "binary":
            return {"auc": auc(p, y == 1), "logloss": float(-np.log(np.where(y == 1, p, 1 - p)).mean())}
        classes = y.astype(np.int64)
        each = [auc(p[:, c], classes == c) for c in range(p.shape[1]) if 0 < (classes == c).sum() < len(y)]
        return {"auc": float(np.mean(each)), "logloss": float(-np.log(p[np.arange(len(y)), classes]).mean())}


def auc(score: np.ndarray, positive: np.ndarray) -> float:
    """Share of (positive, negative) pairs that the score ranks rightly, a tie counting half."""
    negatives = np.sort(score[~positive])
    mine = np.sort(score[positive])
    below = np.searchsorted(negatives, mine, "left") + np.searchsorted(negatives, mine, "right")
    return float(below.sum() / (2.0 * len(mine) * len(negatives)))
