"""Constant weights by grid search, as for the fused losses of Panoptic FPN (Kirillov et al., CVPR 2019).

    w* = argmax over w in {n/D : n in N^K, Σ n = D} of the best validation value of a full training with w

The papers search a few values by hand; here the grid is that of the simplex with D divisions: C(D+K-1, K-1) trainings.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from autoloss.files import Journal
from autoloss.losses import CandidateLoss
from autoloss.methods import Constant, SearchResult, Train, Trial, best
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

    def search(self, train: Train, folder: Path, seed: int, max_steps: int) -> SearchResult:
        """Trains at every point of the grid.

        Args:
            train: (weights, report) → best validation value, higher is better.
            folder: finished trials are kept there in grid.jsonl; a search that was killed goes on after them.
            seed, max_steps: not needed: there is no chance in a grid, and every training is a full one.

        Raises:
            UserError: no training was completed.
        """
        journal = Journal(folder / "grid.jsonl")
        for number, counts in enumerate(compositions(self.divisions, len(self.losses))):
            if number >= len(journal.records):
                weights = [count / self.divisions for count in counts]
                journal.add(Trial(number, weights).run(train, lambda step, value: False))
        return best(journal.records)


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to write `total` as an ordered sum of `parts` whole numbers from 0 on."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)
