"""What a report reads of single test rows: the labels of a dataset, and the predictions that a cell stored."""

from pathlib import Path

import numpy as np

from autoloss.reporting.results import Result
from autoloss.training.outcome import TrainingOutcome


def labels_of(root: Path, scale: str, dataset: str) -> np.ndarray | None:
    """[N] labels of the test rows, or None where the data are not there."""
    return _array(root / "data" / "encoded" / scale / dataset / "test_labels.npy")


def predictions(result: Result, rows: int) -> np.ndarray | None:
    """[N] or [N, C] logits of the test rows, or None where the cell kept none that fit."""
    found = _array(result.folder / "test_predictions.npy") if result.folder else None
    return found if found is not None and len(found) == rows else None


def calibrated(result: Result, logits: np.ndarray, kind: str) -> np.ndarray | None:
    """The logits after the calibration of that kind, fitted on validation; None where the cell has none."""
    outcome = result.finished.outcome if result.finished else None
    fitted = outcome.calibrations.get(kind) if isinstance(outcome, TrainingOutcome) else None
    return fitted(logits) if fitted else None


def _array(path: Path) -> np.ndarray | None:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
