"""Constant weights, and what it takes to search them by whole trainings."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss
from autoloss.methods.helpers.mixture import Mixture

Report = Callable[[int, float], bool]  # (step, validation value) → stop now?
Train = Callable[[list[float], Report], float]  # (weights, report) → best validation value, higher is better


@dataclass
class SearchResult:
    """What a search found.

    Attributes:
        weights: [K] the best constant weights.
        trials: one record per training, in order: number, weights, value (None if it failed), steps, seconds, state
            ("complete", "pruned" or "failed"), and for a failed one its error.
    """

    weights: list[float]
    trials: list[dict[str, object]]


class Constant(Mixture):
    """A mixture with the same given weights for every example at every step.

    Args:
        losses, n_outputs, normalise: as in `Mixture`.
    """

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int, normalise: bool):
        super().__init__(losses, n_outputs, normalise)
        self.register_buffer("given", torch.full((len(self.losses),), math.nan))

    def set_weights(self, weights: Sequence[float]) -> None:
        """Takes [K] weights.

        Raises:
            UserError: not one per candidate, negative, not finite, or all zero.
        """
        found = [float(weight) for weight in weights]
        if len(found) != len(self.losses):
            raise UserError(f"weights: found {len(found)}, expected one for each of {', '.join(self.loss_names)}")
        if not all(math.isfinite(w) and w >= 0 for w in found) or not any(found):
            raise UserError(f"weights: found {found}, expected numbers from 0 on, not all of them 0")
        self.given.copy_(torch.tensor(found))

    def mixture_weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[K] the given weights; not a number before they are set."""
        return self.given.to(logits.dtype)


@dataclass
class Trial:
    """One training of a search, as it goes.

    Attributes:
        steps: at the last report.
        value: of the last report.
    """

    number: int
    weights: list[float]
    steps: int = 0
    value: float | None = None
    started: float = field(default_factory=time.perf_counter)

    def run(self, train: Train, prune: Report) -> dict[str, object]:
        """Trains and returns the record of the trial.

        Args:
            train: runs one training.
            prune: told of every evaluation; True ends the training.
        """
        pruned = False

        def report(step: int, value: float) -> bool:
            nonlocal pruned
            self.steps, self.value = step, value
            pruned = prune(step, value)
            return pruned

        try:
            self.value = float(train(self.weights, report))
        except UserError as error:  # say, a loss that diverges with these weights: the search goes on without them
            return self._record("failed", value=None, error=str(error))
        return self._record("pruned" if pruned else "complete", value=self.value)

    def _record(self, state: str, **more: object) -> dict[str, object]:
        seconds = time.perf_counter() - self.started
        record = {"number": self.number, "weights": self.weights, "steps": self.steps, "seconds": seconds}
        return {**record, "state": state, **more}


def best(trials: list[dict[str, object]]) -> SearchResult:
    """The result of a search: its best complete trial, the first of equals.

    Raises:
        UserError: no trial is complete; with the error of the first one that failed.
    """
    complete = [trial for trial in trials if trial["state"] == "complete"]
    if not complete:
        errors = [str(trial["error"]) for trial in trials if trial["state"] == "failed"]
        raise UserError(f"search of weights: none of {len(trials)} trainings is complete; {'; '.join(errors[:1])}")
    return SearchResult(max(complete, key=lambda trial: trial["value"])["weights"], trials)
