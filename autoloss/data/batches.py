"""Batches as slices of a permutation on the training device: no loader processes, and resumable anywhere."""

from collections.abc import Iterator

import torch
from torch import Tensor

from autoloss.data.encoded import Split


def steps_per_epoch(rows: int, batch_size: int) -> int:
    """Batches of one epoch: the incomplete last one is dropped if there is a complete one."""
    return max(1, rows // batch_size)


def epoch_batches(
    split: Split, batch_size: int, seed: int, epoch: int, start_step: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """(ids [B, F], y [B]) of one epoch, from batch `start_step` on.

    The order is a function of (seed, epoch) alone, the same on every device.
    """
    order = _order(len(split), seed, epoch, split.ids.device)
    for step in range(start_step, steps_per_epoch(len(split), batch_size)):
        yield _take(split, order[step * batch_size : (step + 1) * batch_size])


class ValidationStream:
    """An endless stream of shuffled batches; batch i is a function of (seed, i) alone.

    Args:
        split: the rows.
        batch_size: rows per batch (or all rows, if they are fewer).
        seed: of the shuffling.
    """

    def __init__(self, split: Split, batch_size: int, seed: int):
        self.split, self.batch_size, self.seed = split, batch_size, seed
        self._pass, self._shuffled = -1, torch.empty(0)

    def batch(self, i: int) -> tuple[Tensor, Tensor]:
        """(ids [B, F], y [B]) of batch i ≥ 0."""
        steps = steps_per_epoch(len(self.split), self.batch_size)
        number, step = divmod(i, steps)
        if number != self._pass:
            # another stream than that of the training epochs, even with one seed
            self._shuffled = _order(len(self.split), self.seed + 2**32, number, self.split.ids.device)
            self._pass = number
        return _take(self.split, self._shuffled[step * self.batch_size : (step + 1) * self.batch_size])


def _order(rows: int, seed: int, number: int, device: torch.device) -> Tensor:
    """[rows] a permutation, drawn on the CPU so that it does not depend on the device."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + number) % 2**63)
    return torch.randperm(rows, generator=generator).to(device)


def _take(split: Split, rows: Tensor) -> tuple[Tensor, Tensor]:
    return split.ids[rows], split.y[rows]
