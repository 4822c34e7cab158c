"""What a method that chooses among losses remembers of its choices, on the device, for diagnostics and pictures."""

import math

import torch
from torch import Tensor

BINS = 10  # of the prediction axis
FADE = 0.9  # of the remembered hypergradient, at each update
LOW_ENTROPY, ONE_WEIGHT = 0.1, 0.95  # collapse: entropy below this part of log K, and one mean weight above this
DEAD = 1e-9  # norm of the meta-gradient

Cells = list[list[list[float] | None]]  # [label][bin or grid point], then [K], or None where no example was seen


class Record(torch.nn.Module):
    """Sums since the last `summary`, and the hypergradient by cell of the picture from the last updates.

    Args:
        n_losses: K.
        n_labels: rows of the picture; 0 for a method whose weights are the same for every example.
    """

    mixture_weights: Tensor  # [K]
    entropy: Tensor
    batches: Tensor
    meta_gradient: Tensor
    updates: Tensor
    total_weights: Tensor  # [K] since the beginning
    total_batches: Tensor
    cell_weights: Tensor  # [cells, K]
    cell_examples: Tensor  # [cells]
    cell_hypergradient: Tensor  # [cells, K]
    cell_updates: Tensor  # [cells]
    last_weights: Tensor  # [K] mixture_weights, entropy and batches, as the last summary found them that had any
    last_entropy: Tensor
    last_batches: Tensor

    def __init__(self, n_losses: int, n_labels: int = 0):
        super().__init__()
        cells = n_labels * BINS
        self.n_labels = n_labels
        self.register_buffer("mixture_weights", torch.zeros(n_losses))
        self.register_buffer("entropy", torch.zeros(()))
        self.register_buffer("batches", torch.zeros(()))
        self.register_buffer("meta_gradient", torch.zeros(()))
        self.register_buffer("updates", torch.zeros(()))
        self.register_buffer("total_weights", torch.zeros(n_losses))
        self.register_buffer("total_batches", torch.zeros(()))
        self.register_buffer("last_weights", torch.zeros(n_losses))
        self.register_buffer("last_entropy", torch.zeros(()))
        self.register_buffer("last_batches", torch.zeros(()))
        if cells:
            self.register_buffer("cell_weights", torch.zeros(cells, n_losses))
            self.register_buffer("cell_examples", torch.zeros(cells))
            self.register_buffer("cell_hypergradient", torch.zeros(cells, n_losses))
            self.register_buffer("cell_updates", torch.zeros(cells))

    @torch.no_grad()
    def selection(self, weights: Tensor, log_probs: Tensor, cell: Tensor | None = None) -> None:
        """Adds a batch's weights [B, K] (or [K]), the probabilities behind them, and each example's cell [B]."""
        mean = weights.mean(0) if weights.dim() == 2 else weights
        self.mixture_weights += mean
        self.total_weights += mean
        self.entropy += -(log_probs.exp() * log_probs).sum(-1).mean()
        self.batches += 1
        self.total_batches += 1
        if cell is not None:
            self.cell_weights.index_add_(0, cell, weights.to(self.cell_weights.dtype))
            self.cell_examples.index_add_(0, cell, torch.ones_like(cell, dtype=self.cell_examples.dtype))

    @torch.no_grad()
    def gradient(self, norm: Tensor) -> None:
        """Adds the norm of a meta-gradient."""
        self.meta_gradient += norm
        self.updates += 1

    @torch.no_grad()
    def hypergradient(self, hypergradient: Tensor, cell: Tensor) -> None:
        """Adds the hypergradient [B, K] of the examples in their cells [B]; older ones fade."""
        self.cell_hypergradient.mul_(FADE).index_add_(0, cell, hypergradient.to(self.cell_hypergradient.dtype))
        self.cell_updates.mul_(FADE).index_add_(0, cell, torch.ones_like(cell, dtype=self.cell_updates.dtype))

    def summary(self, names: list[str]) -> dict[str, object]:
        """What happened since the last call, as plain numbers, and starts anew.

        Where nothing was chosen since, as in a warm-up, entropy and weights are the last known ones: equal, at first.

        Args:
            names: of the K losses.
        """
        batches, updates = self.batches.item(), self.updates.item()
        if batches:
            self.last_weights.copy_(self.mixture_weights)
            self.last_entropy.copy_(self.entropy)
            self.last_batches.copy_(self.batches)
        entropy, weights = self._last(names)
        found: dict[str, object] = {"entropy": entropy, "mixture_weights": weights}
        alarms = []
        if batches:
            top = max(weights, key=weights.__getitem__)
            if len(names) > 1 and entropy < LOW_ENTROPY * math.log(len(names)) and weights[top] > ONE_WEIGHT:
                alarms.append(f"collapse on {top}")
            if self.n_labels:
                found["weights_by_example"] = self._by_cell(self.cell_weights, self.cell_examples)
        if updates:
            found["meta_gradient_norm"] = norm = self.meta_gradient.item() / updates
            if not norm > DEAD:
                alarms.append("dead meta-gradient")
        passing = ("mixture_weights", "entropy", "batches", "meta_gradient", "updates", "cell_weights", "cell_examples")
        for name, buffer in self.named_buffers():
            if name in passing:
                buffer.zero_()
        return {**found, "alarms": alarms}

    def _last(self, names: list[str]) -> tuple[float, dict[str, float]]:
        """The last known entropy, and weights by name."""
        batches = self.last_batches.item()
        if not batches:
            return math.log(len(names)), dict.fromkeys(names, 1 / len(names))
        return self.last_entropy.item() / batches, dict(zip(names, (self.last_weights / batches).tolist(), strict=True))

    def average(self) -> list[float]:
        """[K] mean weight of each candidate since the beginning; equal weights if nothing was chosen yet."""
        if not self.total_batches.item():
            return [1 / len(self.total_weights)] * len(self.total_weights)
        return (self.total_weights / self.total_batches).tolist()

    def hypergradient_at(self, grid: Tensor) -> Cells | None:
        """[n_labels][G][K] mean hypergradient in the cell of each point of `grid` [G]; None before the first update."""
        if not self.cell_updates.any():
            return None
        table = self._by_cell(self.cell_hypergradient, self.cell_updates)
        bins = (grid * BINS).long().clamp(0, BINS - 1).tolist()
        return [[row[b] for b in bins] for row in table]

    def _by_cell(self, sums: Tensor, counts: Tensor) -> Cells:
        means = (sums / counts[:, None]).tolist()
        known = [mean if count > 0 else None for mean, count in zip(means, counts.tolist(), strict=True)]
        return [known[row * BINS : (row + 1) * BINS] for row in range(self.n_labels)]
