"""What a method that chooses among losses remembers of its choices, on the device, for diagnostics and pictures."""

import math

import torch
from torch import Tensor

BINS = 10
FADE = 0.9  # of the remembered hypergradient, at each update
LOW_ENTROPY, ONE_SHARE = 0.1, 0.95  # collapse: entropy below this part of log K, and a share above this
DEAD = 1e-9  # norm of the meta-gradient


class Record(torch.nn.Module):
    """Sums since the last `summary`, and hypergradient by cell of the picture from the last updates.

    Args:
        n_losses: K.
        n_labels: rows of the picture; 0 for a method whose weights are the same for every example.
    """

    def __init__(self, n_losses: int, n_labels: int = 0):
        super().__init__()
        cells = n_labels * BINS
        self.n_labels = n_labels
        self.register_buffer("mixture_weights", torch.zeros(n_losses))
        self.register_buffer("entropy", torch.zeros(()))
        self.register_buffer("batches", torch.zeros(()))
        self.register_buffer("meta_gradient", torch.zeros(()))
        self.register_buffer("updates", torch.zeros(()))
        self.register_buffer("total_shares", torch.zeros(n_losses))
        self.register_buffer("total_batches", torch.zeros(()))
        if cells:
            self.register_buffer("cell_weights", torch.zeros(cells, n_losses))
            self.register_buffer("cell_examples", torch.zeros(cells))
            self.register_buffer("cell_hypergradient", torch.zeros(cells, n_losses))
            self.register_buffer("cell_useful", torch.zeros(cells))

    @torch.no_grad()
    def selection(self, weights: Tensor, log_probs: Tensor, place: Tensor | None = None) -> None:
        """Notes a batch's weights [B, K] (or [K]), the probabilities behind them, and each example's cell [B]."""
        mean = weights.mean(0) if weights.dim() == 2 else weights
        self.mixture_weights += mean
        self.total_shares += mean
        self.entropy += -(log_probs.exp() * log_probs).sum(-1).mean()
        self.batches += 1
        self.total_batches += 1
        if place is not None:
            self.cell_weights.index_add_(0, place, weights.to(self.cell_weights.dtype))
            self.cell_examples.index_add_(0, place, torch.ones_like(place, dtype=self.cell_examples.dtype))

    @torch.no_grad()
    def update(self, norm: Tensor, hypergradient: Tensor | None = None, place: Tensor | None = None) -> None:
        """Notes the norm of a meta-gradient, and the hypergradient [B, K] of the examples in their cells [B]."""
        self.meta_gradient += norm
        self.updates += 1
        if place is not None:
            self.cell_hypergradient.mul_(FADE).index_add_(0, place, hypergradient.to(self.cell_hypergradient.dtype))
            self.cell_useful.mul_(FADE).index_add_(0, place, torch.ones_like(place, dtype=self.cell_useful.dtype))

    def summary(self, names: list[str]) -> dict[str, object]:
        """What happened since the last call, as plain numbers; empty if nothing did. Starts anew."""
        batches, updates = self.batches.item(), self.updates.item()
        found: dict[str, object] = {}
        alarms = []
        if batches:
            weights = dict(zip(names, (self.mixture_weights / batches).tolist(), strict=True))
            entropy = self.entropy.item() / batches
            found |= {"entropy": entropy, "mixture_weights": weights}
            top = max(weights, key=weights.__getitem__)
            if len(names) > 1 and entropy < LOW_ENTROPY * math.log(len(names)) and weights[top] > ONE_SHARE:
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

    def average(self) -> list[float]:
        """[K] mean weight of each candidate since the beginning; equal weights if nothing was chosen yet."""
        if not self.total_batches.item():
            return [1 / len(self.total_shares)] * len(self.total_shares)
        return (self.total_shares / self.total_batches).tolist()

    def hypergradient_at(self, grid: Tensor) -> list | None:
        """[n_labels][G][K] mean hypergradient in the cell of each point, None where it is not known."""
        if not self.cell_useful.any():
            return None
        table = self._by_cell(self.cell_hypergradient, self.cell_useful)
        bins = (grid * BINS).long().clamp(0, BINS - 1).tolist()
        return [[row[b] for b in bins] for row in table]

    def _by_cell(self, sums: Tensor, counts: Tensor) -> list:
        means = (sums / counts[:, None]).tolist()
        known = [mean if count > 0 else None for mean, count in zip(means, counts.tolist(), strict=True)]
        return [known[row * BINS : (row + 1) * BINS] for row in range(self.n_labels)]
