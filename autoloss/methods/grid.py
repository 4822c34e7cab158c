"""Constant weights by grid search, as for the fused losses of Panoptic FPN (Kirillov et al., CVPR 2019).

    w* = argmax over w in {n/D : n in N^K, Σ n = D} of the best validation value of a full training run with w

The papers try a few values by hand; here the grid covers the simplex with D divisions: C(D+K-1, K-1) training runs.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from autoloss.files import Journal
from autoloss.losses import CandidateLoss
from autoloss.methods import Constant, SearchResult, Train, Trial, TrialRecord, best
from autoloss.ranges import PositiveInt


class Grid(Constant):
    """Constant weights from a grid over the simplex.

    Args:
        losses, n_outputs: as in `Method`.
        divisions: D; weights are multiples of 1/D.
        normalise: whether candidates are brought to one gradient scale first.
    """

    searches = True

    def __init__(
        self, losses: Sequence[CandidateLoss], n_outputs: int, *, divisions: PositiveInt = 3, normalise: bool = True
    ):
        super().__init__(losses, n_outputs, normalise)
        self.divisions = divisions
        self.trials = math.comb(divisions + len(self.losses) - 1, divisions)

    def search(self, train: Train, folder: Path, seed: int, max_steps: int) -> SearchResult:
        """Trains at every point of the grid.

        Args:
            train: (weights, prune) → best validation value, higher is better.
            folder: finished trials are kept there in grid.jsonl; an interrupted search continues after them.
            seed, max_steps: unused: a grid involves no chance, and every run is a full one.

        Raises:
            UserError: no run was completed.
        """
        journal = Journal(folder / "grid.jsonl")
        for number, counts in enumerate(compositions(self.divisions, len(self.losses))):
            if number >= len(journal.records):
                weights = [count / self.divisions for count in counts]
                journal.add(dict(Trial(number, weights).run(train, lambda step, value: False)))
        return best([cast(TrialRecord, record) for record in journal.records])


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to write `total` as an ordered sum of `parts` non-negative integers."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)
