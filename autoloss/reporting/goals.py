"""Time to quality: the goal is the best validation AUC of cross-entropy with the same seed."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

REFERENCE = "ce"  # the method that sets the goal

Evaluation = Mapping[str, Any]  # a line of history.jsonl


def best_auc(history: Iterable[Evaluation]) -> float:
    """The best validation AUC of a training run; NaN where there is none."""
    return max((auc for auc in map(_auc, history) if not math.isnan(auc)), default=math.nan)


def reached(history: Iterable[Evaluation], goal: float, cost: str = "train_seconds") -> tuple[float, bool]:
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
    return float((first or rows[-1]).get(cost, math.nan)), first is not None


def _auc(row: Evaluation) -> float:
    auc = (row.get("valid") or {}).get("auc")
    return math.nan if auc is None else float(auc)
