"""The best possible metrics: those of the true probabilities, on the test rows of synthetic data."""

from pathlib import Path

import numpy as np

from autoloss.config import Dataset
from autoloss.datasets import Format


class Bayes:
    """Collects the true probabilities of the test rows.

    Args:
        path: truth.npy, float32 [rows] or [rows, levels].
        form, entry: these decide how they become class probabilities.
    """

    def __init__(self, path: Path, form: Format, entry: Dataset):
        self.path, self.form, self.entry = path, form, entry
        self._p: list[np.ndarray] = []
        self._y: list[np.ndarray] = []

    def add(self, records: np.ndarray, labels: np.ndarray, test: np.ndarray) -> None:
        """Adds the test rows of a block.

        Args:
            records: int64 [n] position of each row in the file. labels: [n]. test: bool [n] which are test rows.
        """
        stored = np.load(
            self.path, mmap_mode="r", allow_pickle=False
        )  # mapped anew each time, so that pages already read can be dropped
        self._p.append(stored[records[test]])
        self._y.append(labels[test].astype(np.float32))

    def metrics(self) -> dict[str, float]:
        """AUC and logloss (regression: RMSE); with several classes, AUC is the macro average of one-vs-rest."""
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
    """Share of (positive, negative) pairs that the score ranks correctly; ties count half."""
    negatives = np.sort(score[~positive])
    mine = np.sort(score[positive])
    below = np.searchsorted(negatives, mine, "left") + np.searchsorted(negatives, mine, "right")
    return float(below.sum() / (2.0 * len(mine) * len(negatives)))
