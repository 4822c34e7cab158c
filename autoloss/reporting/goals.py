"""Time to quality: the goal is the best validation AUC of cross-entropy with the same seed."""

import math
from collections.abc import Iterable
from typing import Literal

from autoloss.training.history import Evaluation

REFERENCE = "ce"  # the method that sets the goal
Unit = Literal["train_seconds", "seconds", "train_examples"]


def best_auc(history: Iterable[Evaluation]) -> float:
    """The best validation AUC of a training run; NaN where there is none."""
    return max((auc for auc in map(_auc, history) if not math.isnan(auc)), default=math.nan)


def reached(history: Iterable[Evaluation], goal: float, cost: Unit = "train_seconds") -> tuple[float, bool]:
    """What it cost to reach a validation AUC of `goal`: that of the first evaluation at or above it.

    Args:
        history: the evaluations of a training run, in order.
        goal: a validation AUC.
        cost: "train_seconds" (without evaluations), "seconds" or "train_examples".

    Returns:
        The cost and True; the whole cost of the run and False when it never got there; NaN and False without a goal
        or without history.
    """
    rows = list(history)
    if math.isnan(goal) or not rows:
        return math.nan, False
    first = next((row for row in rows if _auc(row) >= goal), None)
    return float(getattr(first or rows[-1], cost)), first is not None


def _auc(evaluation: Evaluation) -> float:
    return evaluation.valid.get("auc", math.nan)
