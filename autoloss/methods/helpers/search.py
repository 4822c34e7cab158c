"""Constant weights, and what it takes to search for them with whole training runs."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss
from autoloss.methods.helpers.mixture import Mixture

Prune = Callable[[int, float], bool]  # (step, validation value) → stop now?
Train = Callable[[list[float], Prune], float]  # (weights, prune) → best validation value, higher is better
State = Literal["complete", "pruned", "failed"]


class _TrialRecord(TypedDict):
    number: int
    weights: list[float]
    steps: int
    seconds: float
    state: State
    value: float | None


class TrialRecord(_TrialRecord, total=False):
    """One training run of a search, as metrics.json and the journals hold it; `value` is None if it failed.

    error: why it failed.
    """

    error: str


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        weights: [K] the best constant weights.
        trials: one record per training run, in order.
    """

    weights: list[float]
    trials: list[TrialRecord]


class Constant(Mixture):
    """A mixture with the same given weights for every example at every step.

    Args:
        losses, n_outputs, normalise: as in `Mixture`.
    """

    given: Tensor  # [K]

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int, normalise: bool):
        super().__init__(losses, n_outputs, normalise)
        self.register_buffer("given", torch.full((len(self.losses),), math.nan))

    def set_weights(self, weights: Sequence[float]) -> None:
        """Sets the [K] weights.

        Raises:
            UserError: not one per candidate, negative, not finite, or all zero.
        """
        found = [float(weight) for weight in weights]
        if len(found) != len(self.losses):
            raise UserError(f"weights: found {len(found)}, expected one for each of {', '.join(self.loss_names)}")
        if not all(math.isfinite(w) and w >= 0 for w in found) or not any(found):
            raise UserError(f"weights: found {found}, expected numbers of at least 0, not all of them 0")
        self.given.copy_(torch.tensor(found))

    def mixture_weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[K] the given weights; NaN before they are set."""
        return self.given.to(logits.dtype)


@dataclass
class Trial:
    """One training run of a search while it is running.

    Attributes:
        number: of the trial, from 0.
        weights: [K] that it trains with.
        steps, value: of the last evaluation.
        started: seconds, from an arbitrary origin.
    """

    number: int
    weights: list[float]
    steps: int = 0
    value: float | None = None
    started: float = field(default_factory=time.perf_counter)

    def run(self, train: Train, prune: Prune) -> TrialRecord:
        """Trains and returns the record of the trial.

        Args:
            train: does one training run.
            prune: told of every evaluation; True ends the run.
        """
        pruned = False

        def evaluated(step: int, value: float) -> bool:
            nonlocal pruned
            self.steps, self.value = step, value
            pruned = prune(step, value)
            return pruned

        try:
            self.value = float(train(self.weights, evaluated))
        except UserError as error:  # such as a loss that diverges with these weights: the search continues without them
            self.value = None
            return {**self._record("failed"), "error": str(error)}
        return self._record("pruned" if pruned else "complete")

    def _record(self, state: State) -> TrialRecord:
        return {
            "number": self.number,
            "weights": self.weights,
            "steps": self.steps,
            "seconds": time.perf_counter() - self.started,
            "state": state,
            "value": self.value,
        }


def best(trials: list[TrialRecord]) -> SearchResult:
    """The result of a search: its best complete trial, the first of equals.

    Raises:
        UserError: no trial is complete; with the error of the first one that failed.
    """
    complete = [(trial["value"], trial["weights"]) for trial in trials if trial["state"] == "complete"]
    if not complete:
        errors = [trial.get("error", "") for trial in trials if trial["state"] == "failed"]
        raise UserError(f"search for weights: none of {len(trials)} runs is complete; {'; '.join(errors[:1])}")
    value = max(value for value, _ in complete if value is not None)
    return SearchResult(next(weights for found, weights in complete if found == value), trials)
