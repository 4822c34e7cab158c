"""The best possible metrics: those of the true probabilities, on the test rows of synthetic data."""

from pathlib import Path

import numpy as np

from autoloss import metrics
from autoloss.config import Dataset
from autoloss.datasets import Format, Target


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
        """{metric: its optimum}, for the metrics that the true probabilities (or means) optimise."""
        y = np.concatenate(self._y)
        p = self.form.truth(np.concatenate(self._p).astype(np.float64), Target.of(self.entry))
        best = {name: metrics.get(name).optimum(p, y) for name in metrics.names(self.entry.task)}
        return {name: value for name, value in best.items() if value is not None}
