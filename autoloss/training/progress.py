"""How far a training run has come: counts, seconds, history, and the best evaluation so far."""

import math
import time
from dataclasses import dataclass, field, replace

import torch

from autoloss import metrics
from autoloss.errors import UserError
from autoloss.training.history import Evaluation, Selection


@dataclass
class Progress:
    """Saved in every checkpoint.

    Attributes:
        step: training steps done.
        updates: controller updates done.
        seconds, train_seconds: all of it, and of the training steps alone.
        evaluated_at: the step of the last evaluation. loss_sum: of the training losses since then.
        history: one record per evaluation.
        best_index: of the best evaluation in `history`.
        best_value: its validation value, higher is better (see `primary`).
        worse: evaluations since then.
        selection: what the controller selected at each evaluation, if there is one.
        stopped: why training ended: patience, epochs or pruned; empty while it runs.
    """

    step: int = 0
    updates: int = 0
    seconds: float = 0.0
    train_seconds: float = 0.0
    evaluated_at: int = 0
    loss_sum: float = 0.0
    history: list[Evaluation] = field(default_factory=list)
    best_index: int = -1
    best_value: float = -math.inf
    worse: int = 0
    selection: Selection | None = None
    stopped: str = ""

    @property
    def best(self) -> Evaluation:
        """The best evaluation; there must have been one."""
        return self.history[self.best_index]

    def record(self, evaluation: Evaluation) -> bool:
        """Adds an evaluation to the history; True if it is the best so far."""
        self.evaluated_at, self.loss_sum = evaluation.step, 0.0
        self.history.append(evaluation)
        value = primary(evaluation.valid)
        if value > self.best_value:
            self.best_value, self.best_index, self.worse = value, len(self.history) - 1, 0
            return True
        self.worse += 1
        return False

    def record_selection(self, found: Selection) -> None:
        """Adds what the controller selects now."""
        before = self.selection.maps if self.selection else []
        self.selection = replace(found, maps=[*before, *found.maps])


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
