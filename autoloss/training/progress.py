"""How far a training has come: counts, seconds, history, and the best evaluation so far. All of it json-able."""

import math
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from autoloss import metrics
from autoloss.errors import UserError


@dataclass
class Progress:
    """Attributes:
    step: training steps done.
    updates: controller updates done.
    seconds, train_seconds: all of it, and without evaluations.
    history: one record per evaluation.
    best_value: the best validation value: AUC, or -RMSE for regression (higher is better).
    best: the record of that evaluation.
    worse: evaluations since then.
    stopped: why training ended: patience, epochs, pruned; empty while it goes on.
    """

    step: int = 0
    updates: int = 0
    seconds: float = 0.0
    train_seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)
    best_value: float = -math.inf
    best: dict[str, Any] = field(default_factory=dict)
    worse: int = 0
    stopped: str = ""

    def record(self, evaluation: dict[str, Any]) -> bool:
        """Adds an evaluation to the history; True if it is the best so far.

        Args:
            evaluation: with `valid`, the validation metrics.
        """
        self.history.append(evaluation)
        value = primary(evaluation["valid"])
        if value > self.best_value:
            self.best_value, self.best, self.worse = value, evaluation, 0
            return True
        self.worse += 1
        return False

    def as_dict(self) -> dict[str, Any]:
        """For a checkpoint; `Progress(**d)` is its inverse."""
        return asdict(self)


def primary(valid: dict[str, float]) -> float:
    """The validation value that training and searches go by, higher is better.

    Raises:
        UserError: it is not a finite number.
    """
    metric = metrics.deciding_among(valid)
    assert metric, f"{sorted(valid)}: no metric that decides"
    value = valid[metric.name]
    if not math.isfinite(value):
        raise UserError(f"validation {metric.phrase} is {value}: expected a finite number")
    return value if metric.higher_is_better else -value


class Clock:
    """Adds up seconds over interruptions.

    Args:
        progress: whose `seconds` and `train_seconds` it moves.
    """

    def __init__(self, progress: Progress):
        self.progress, self.start = progress, time.perf_counter()

    def trained(self) -> None:
        """The time since the last call was spent on training steps."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.progress.train_seconds += self.other()

    def other(self) -> float:
        """The time since the last call (returned, in seconds) was spent on anything else."""
        now = time.perf_counter()
        lap, self.start = now - self.start, now
        self.progress.seconds += lap
        return lap
