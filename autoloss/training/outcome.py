"""What a cell found: metrics.json, a class for each kind of cell."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

if TYPE_CHECKING:  # the report reads outcomes without torch
    from torch import Tensor

Logits = TypeVar("Logits", np.ndarray, "Tensor")
OUTCOME = "metrics.json"


@dataclass(frozen=True)
class Cost:
    """What a training run took.

    Attributes:
        train_examples, valid_examples: examples seen by the model, and by controller updates.
        controller_updates: how many.
        seconds, train_seconds: all of it, and of the training steps alone.
        epoch_seconds, step_ms, examples_per_second: of the training steps alone.
        peak_memory_mb: resident at most during this training run, with what earlier ones of the process have not given
            back (on a GPU: allocated there), in MiB.
        search_steps, trials: of the searches before it.
    """

    train_examples: int
    valid_examples: int
    controller_updates: int
    seconds: float
    train_seconds: float
    epoch_seconds: float
    step_ms: float
    examples_per_second: float
    peak_memory_mb: float
    search_steps: int
    trials: int


@dataclass(frozen=True)
class Calibration:
    """A map of logits, fitted on validation: scale · logits + shift.

    Attributes:
        scale: of all logits.
        shift: [1] (binary, regression) or [C] (C classes).
    """

    scale: float
    shift: list[float]

    def __call__(self, logits: Logits) -> Logits:
        """The calibrated logits, of the same shape ([N] or [N, C])."""
        if isinstance(logits, np.ndarray):
            return logits * self.scale + np.array(self.shift)
        return logits * self.scale + logits.new_tensor(self.shift)


@dataclass(frozen=True)
class TrainingOutcome:
    """A training run (cells of the kinds train and timing).

    Attributes:
        valid, test: metrics by name, with the weights of the best evaluation.
        calibrations: by kind (see `autoloss.training.calibration`), for calibrated metrics.
        best_step, best_epoch: of the best evaluation.
        steps, epochs: trained.
        stopped: why training ended: patience or epochs.
        cost: what it took.
    """

    valid: dict[str, float]
    test: dict[str, float]
    calibrations: dict[str, Calibration]
    best_step: int
    best_epoch: float
    steps: int
    epochs: float
    stopped: str
    cost: Cost


@dataclass(frozen=True)
class SearchCost:
    """What a search took: training steps of all trials, their number, seconds."""

    search_steps: int
    trials: int
    seconds: float


@dataclass(frozen=True)
class WeightTrial:
    """One training run of a search for constant weights; `value` is None and `error` says why if it failed."""

    number: int
    weights: list[float]
    value: float | None
    steps: int
    seconds: float
    state: Literal["complete", "pruned", "failed"]
    error: str | None = None


@dataclass(frozen=True)
class SearchOutcome:
    """A search for constant weights (cells of the kind search).

    Attributes:
        weights: [K] of the best complete trial.
        trials: all, in order.
        cost: what they took.
    """

    weights: list[float]
    trials: list[WeightTrial]
    cost: SearchCost


@dataclass(frozen=True)
class Tuned:
    """The settings that a search changes: of the training, and of the method."""

    training: dict[str, int | float]
    method: dict[str, int | float]


@dataclass(frozen=True)
class TuningTrial:
    """One training run of a search for settings.

    Attributes:
        settings: that it trained with.
        value: its best on validation; None if it failed, and `error` says why.
        steps, seconds: that it took; steps of a failed one up to its last evaluation.
    """

    settings: Tuned
    value: float | None
    steps: int
    seconds: float
    error: str | None = None


@dataclass(frozen=True)
class TuningOutcome:
    """A search for settings (cells of the kind tune).

    Attributes:
        settings: of the best trial, the first of equals; failed ones do not count.
        trials: all, in order.
        cost: what they took.
    """

    settings: Tuned
    trials: list[TuningTrial]
    cost: SearchCost


Outcome = TrainingOutcome | SearchOutcome | TuningOutcome
KINDS: dict[str, type[Outcome]] = {
    "train": TrainingOutcome,
    "timing": TrainingOutcome,
    "search": SearchOutcome,
    "tune": TuningOutcome,
}
