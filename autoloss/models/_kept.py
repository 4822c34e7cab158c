"""The gradient of a large table in memory that is used again.

A batch reads few rows of a table, but its gradient is dense, since weight decay and momentum move every row: to fill a
new one with zeros costs a tenth of a training step (39 fields, 1.09 million values). So it is filled once, and then
only the rows of the last batch are cleared. The sums are the same, bit for bit.
"""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

FILL = 4  # clearing one row among others takes the time of filling as many
KEPT = (torch.float32, torch.float64)  # dtypes that numpy has


class _Memory:
    """Of one gradient."""

    def __init__(self, table: Tensor):
        self._sums = torch.zeros_like(table)
        self._rows = torch.empty(0, dtype=torch.long)  # of the last gradient: all others are 0
        self._lent: weakref.ref[np.ndarray] | None = None

    def is_lent(self) -> bool:
        """Whether somebody still holds the last gradient."""
        return self._lent is not None and self._lent() is not None

    def sum_rows(self, rows: Tensor, values: Tensor) -> Tensor:
        if len(self._rows) * FILL < len(self._sums):
            self._sums.index_fill_(0, self._rows, 0)
        else:
            self._sums.zero_()
        self._rows = rows
        # A tensor of its own: autograd copies a gradient that somebody else holds, instead of taking it over. All
        # tensors made of it hold the array, which tells when the last of them is gone.
        array = _sum_rows(self._sums, rows, values).numpy()
        self._lent = weakref.ref(array)
        return torch.from_numpy(array)


class KeptGradients:
    """The memory of one table's gradients: as many as are held at a time."""

    def __init__(self):
        self._memories: list[_Memory] = []

    def sum_rows(self, table: Tensor, rows: Tensor, values: Tensor) -> Tensor:
        """A gradient of `table` [V, D]: zero but for Σ_n values_n at rows_n, rows [N], values [N, D]."""
        memory = next((each for each in self._memories if not each.is_lent()), None)
        if memory is None:
            memory = _Memory(table)
            self._memories.append(memory)
        return memory.sum_rows(rows, values)


class Table(nn.Module):
    """A layer with a large table `weight` [V, D], whose rows it reads by `rows`."""

    weight: nn.Parameter
    kept: KeptGradients | None = None

    def rows(self, ids: Tensor) -> Tensor:
        """ids [N] → [N, D]. The gradient is summed row by row, in half the time of an embedding's."""
        if not torch.is_grad_enabled():
            return self.weight.index_select(0, ids)  # twice as fast as `gather`; its gradient takes twice as long
        if self.kept and self.weight.dtype in KEPT:
            return _GatherRows.apply(self.weight, ids, self.kept)
        return self.weight.gather(0, _places(ids, self.weight))


class _GatherRows(torch.autograd.Function):
    """table [V, D], rows [N] → [N, D]; its gradient is in `kept`, unless a graph of it is wanted."""

    @staticmethod
    def forward(table: Tensor, rows: Tensor, kept: KeptGradients) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return table.index_select(0, rows)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, KeptGradients], output: Tensor) -> None:
        table, rows, ctx.kept = inputs
        ctx.save_for_backward(table, rows)
        ctx.save_for_forward(rows)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        table, rows = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _sum_rows(torch.zeros_like(table), rows, upstream), None, None
        return ctx.kept.sum_rows(table, rows, upstream), None, None

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: object) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        (rows,) = ctx.saved_for_forward
        return tangent.index_select(0, rows)


def _sum_rows(onto: Tensor, rows: Tensor, values: Tensor) -> Tensor:
    return onto.scatter_add_(0, _places(rows, onto), values)


def _places(rows: Tensor, table: Tensor) -> Tensor:
    return rows.unsqueeze(1).expand(-1, table.shape[1])  # [N, D], of stride 0


@contextmanager
def kept_gradients(model: nn.Module) -> Iterator[None]:
    """Inside, the tables of a model keep the memory of their gradients.

    For a loop that itself changes no gradient in rows that the batch did not read, such as `train_step`: what is
    written there stays.

    Args:
        model: those of its layers that are a `Table` take part.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, Table)]
    for layer in layers:
        layer.kept = KeptGradients()
    try:
        yield
    finally:
        for layer in layers:
            layer.kept = None
