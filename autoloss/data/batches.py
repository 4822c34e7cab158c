"""Batches as slices of a permutation on the training device: no loader processes, resumable at any step."""

import hashlib
from collections.abc import Iterator

import torch
from torch import Tensor

from autoloss.data.encoded import Split


def steps_per_epoch(rows: int, batch_size: int) -> int:
    """Batches per epoch: the incomplete last one is dropped if there is a complete one."""
    return max(1, rows // batch_size)


def epoch_batches(
    split: Split, batch_size: int, seed: int, epoch: int, start_step: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """(ids [B, F], y [B]) of one epoch, from batch `start_step` on.

    The order depends only on (seed, epoch) and is the same on every device.
    """
    order = _order("training", len(split), seed, epoch, split.ids.device)
    for step in range(start_step, steps_per_epoch(len(split), batch_size)):
        yield _take(split, order[step * batch_size : (step + 1) * batch_size])


class ValidationStream:
    """An endless stream of shuffled batches; batch i depends only on (seed, i).

    Args:
        split: the rows.
        batch_size: rows per batch (all rows, if there are fewer).
        seed: of the shuffling.
    """

    def __init__(self, split: Split, batch_size: int, seed: int):
        self.split, self.batch_size, self.seed = split, min(batch_size, len(split)), seed
        self._pass, self._shuffled = -1, torch.empty(0)

    def batch(self, i: int) -> tuple[Tensor, Tensor]:
        """(ids [B, F], y [B]) of batch i ≥ 0."""
        steps = steps_per_epoch(len(self.split), self.batch_size)
        number, step = divmod(i, steps)
        if number != self._pass:
            self._shuffled = _order("validation", len(self.split), self.seed, number, self.split.ids.device)
            self._pass = number
        return _take(self.split, self._shuffled[step * self.batch_size : (step + 1) * self.batch_size])


def _order(stream: str, rows: int, seed: int, number: int, device: torch.device) -> Tensor:
    """[rows] a permutation, drawn on the CPU so that it does not depend on the device."""
    # torch's CPU generator uses 32 bits of its seed: a digest keeps all streams apart
    digest = hashlib.sha256(f"{stream} {seed} {number}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:4], "little"))
    return torch.randperm(rows, generator=generator).to(device)


def _take(split: Split, rows: Tensor) -> tuple[Tensor, Tensor]:
    return split.ids[rows], split.y[rows]
