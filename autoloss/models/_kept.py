"""Large tables, and their gradients in memory that is used again.

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
import torch.nn.functional as F
from torch import Tensor, nn

ROW = 256  # clearing one row among others takes the time of filling as many bytes
KEPT = (torch.float32, torch.float64)  # dtypes that numpy has


class _Memory:
    """Of one gradient."""

    def __init__(self, table: Tensor):
        self._sums = torch.zeros_like(table)
        self._rows = torch.empty(0, dtype=torch.long)  # of the last gradient
        self._lent: weakref.ref[np.ndarray] | None = None
        self._changes: Tensor | None = None  # of the last gradient, since it was lent

    def is_lent(self) -> bool:
        """Whether somebody still holds the last gradient."""
        return self._lent is not None and self._lent() is not None

    def holds(self, gradient: Tensor) -> bool:
        """Whether this is the last gradient."""
        return self.is_lent() and gradient.data_ptr() == self._sums.data_ptr()

    def rows(self) -> Tensor | None:
        """Those of the last gradient: all others are 0. None: another gradient may have been added to it in place."""
        return self._rows if self._changes is None or self._changes._version == 0 else None

    def sum_rows(self, rows: Tensor, values: Tensor) -> Tensor:
        last = self.rows()
        if last is None or len(last) * ROW >= self._sums.nbytes:
            self._sums.zero_()
        else:
            self._sums.index_fill_(0, last, 0)
        self._rows = rows
        # A tensor of its own: autograd copies a gradient that somebody else holds, instead of taking it over. All
        # tensors made of it hold the array, which tells when the last of them is gone.
        array = _sum_rows(self._sums, rows, values).numpy()
        gradient, self._lent = torch.from_numpy(array), weakref.ref(array)
        self._changes = gradient.detach()  # counts changes with the gradient, and holds nothing of it
        self._changes.data = torch.empty(0, dtype=gradient.dtype)
        return gradient


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

    def rows_of(self, gradient: Tensor) -> Tensor | None:
        """[N] the rows outside of which a gradient is 0, repeated ones included; None where that is not known."""
        return next((each.rows() for each in self._memories if each.holds(gradient)), None)


class Table(nn.Module):
    """A layer with a large table `weight` [V, D], whose rows it reads by `rows`."""

    weight: nn.Parameter
    kept: KeptGradients | None = None

    def rows(self, ids: Tensor) -> Tensor:
        """ids [B, F] → [B, F, D].

        On a CPU the gradient is the same as an embedding's, bit for bit, but summed row by row, in half the time
        (a tenth of it for rows of one number), and inside `kept_gradients` in memory that is kept.
        """
        if ids.device.type != "cpu":
            return F.embedding(ids, self.weight)
        rows = ids.flatten().to(torch.long, copy=True)  # the memory of a gradient remembers them: not the caller's own
        if not torch.is_grad_enabled():
            read = _read(self.weight, rows)  # twice as fast as `gather`; its gradient takes twice as long
        elif self.kept and self.weight.dtype in KEPT:
            read = _GatherRows.apply(self.weight, rows, self.kept)
        else:
            read = _flat(self.weight).gather(0, _places(rows, self.weight))
        return read.view(*ids.shape, self.weight.shape[1])


class _GatherRows(torch.autograd.Function):
    """table [V, D], rows [N] → [N, D]; its gradient is in `kept`, unless a graph of it is wanted."""

    @staticmethod
    def forward(table: Tensor, rows: Tensor, kept: KeptGradients) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _read(table, rows)

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
        return _read(tangent, rows)


def _flat(table: Tensor) -> Tensor:
    """[V, 1] → [V], twice as fast to read and to sum; other tables as they are."""
    return table.squeeze(1)


def _places(rows: Tensor, table: Tensor) -> Tensor:
    return _flat(rows.unsqueeze(1).expand(-1, table.shape[1]))  # [N, D], of stride 0


def _read(table: Tensor, rows: Tensor) -> Tensor:
    return _flat(table).index_select(0, rows).view(len(rows), table.shape[1])


def _sum_rows(onto: Tensor, rows: Tensor, values: Tensor) -> Tensor:
    _flat(onto).scatter_add_(0, _places(rows, onto), _flat(values))
    return onto


@contextmanager
def kept_gradients(model: nn.Module) -> Iterator[None]:
    """Inside, the tables of a model keep the memory of their gradients.

    For a loop that does not write into `grad.data`: such changes go unnoticed, and rows that the batch did not read
    would stay in later gradients.

    Args:
        model: those of its layers that are a `Table` take part.
    """
    layers = _tables(model).values()
    for layer in layers:
        layer.kept = KeptGradients()
    try:
        yield
    finally:
        for layer in layers:
            layer.kept = None


def rows_read(model: nn.Module, gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    """[N] rows outside of which a gradient is 0, repeated ones included, for each table where they are known.

    Args:
        model: whose parameters have the gradients.
        gradients: by the parameter's name.
    """
    kept = {f"{name}.weight".lstrip("."): table.kept for name, table in _tables(model).items() if table.kept}
    known = {name: kept[name].rows_of(gradient) for name, gradient in gradients.items() if name in kept}
    return {name: rows for name, rows in known.items() if rows is not None}


def _tables(model: nn.Module) -> dict[str, Table]:
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, Table)}
