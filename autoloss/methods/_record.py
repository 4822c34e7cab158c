"""What a method that chooses among losses remembers of its choices, on the device, for diagnostics and pictures."""

import math

import torch
from torch import Tensor

BINS = 10
FADE = 0.9  # of the remembered usefulness, at each update
LOW_ENTROPY, ONE_SHARE = 0.1, 0.95  # collapse: entropy below this part of log K, and a share above this
DEAD = 1e-9  # norm of the meta-gradient


class Record(torch.nn.Module):
    """Sums since the last `summary`, and usefulness by cell of the picture from the last updates.

    Args:
        n_losses: K.
        n_labels: rows of the picture; 0 for a method whose shares are the same for every example.
    """

    def __init__(self, n_losses: int, n_labels: int = 0):
        super().__init__()
        cells = n_labels * BINS
        self.n_labels = n_labels
        self.register_buffer("shares", torch.zeros(n_losses))
        self.register_buffer("entropy", torch.zeros(()))
        self.register_buffer("batches", torch.zeros(()))
        self.register_buffer("meta_gradient", torch.zeros(()))
        self.register_buffer("updates", torch.zeros(()))
        self.register_buffer("total_shares", torch.zeros(n_losses))
        self.register_buffer("total_batches", torch.zeros(()))
        if cells:
            self.register_buffer("cell_shares", torch.zeros(cells, n_losses))
            self.register_buffer("cell_examples", torch.zeros(cells))
            self.register_buffer("cell_usefulness", torch.zeros(cells, n_losses))
            self.register_buffer("cell_useful", torch.zeros(cells))

    @torch.no_grad()
    def selection(self, shares: Tensor, log_probs: Tensor, place: Tensor | None = None) -> None:
        """Notes a batch's shares [B, K] (or [K]), the probabilities behind them, and each example's cell [B]."""
        mean = shares.mean(0) if shares.dim() == 2 else shares
        self.shares += mean
        self.total_shares += mean
        self.entropy += -(log_probs.exp() * log_probs).sum(-1).mean()
        self.batches += 1
        self.total_batches += 1
        if place is not None:
            self.cell_shares.index_add_(0, place, shares.to(self.cell_shares.dtype))
            self.cell_examples.index_add_(0, place, torch.ones_like(place, dtype=self.cell_examples.dtype))

    @torch.no_grad()
    def update(self, norm: Tensor, usefulness: Tensor | None = None, place: Tensor | None = None) -> None:
        """Notes the norm of a meta-gradient, and the usefulness [B, K] of the examples in their cells [B]."""
        self.meta_gradient += norm
        self.updates += 1
        if place is not None:
            self.cell_usefulness.mul_(FADE).index_add_(0, place, usefulness.to(self.cell_usefulness.dtype))
            self.cell_useful.mul_(FADE).index_add_(0, place, torch.ones_like(place, dtype=self.cell_useful.dtype))

    def summary(self, names: list[str]) -> dict[str, object]:
        """What happened since the last call, as plain numbers; empty if nothing did. Starts anew."""
        batches, updates = self.batches.item(), self.updates.item()
        found: dict[str, object] = {}
        alarms = []
        if batches:
            shares = dict(zip(names, (self.shares / batches).tolist(), strict=True))
            entropy = self.entropy.item() / batches
            found |= {"entropy": entropy, "shares": shares}
            top = max(shares, key=shares.__getitem__)
            if len(names) > 1 and entropy < LOW_ENTROPY * math.log(len(names)) and shares[top] > ONE_SHARE:
                alarms.append(f"collapse on {top}")
            if self.n_labels:
                found["shares_by_example"] = self._by_cell(self.cell_shares, self.cell_examples)
        if updates:
            found["meta_gradient_norm"] = norm = self.meta_gradient.item() / updates
            if not norm > DEAD:
                alarms.append("dead meta-gradient")
        passing = ("shares", "entropy", "batches", "meta_gradient", "updates", "cell_shares", "cell_examples")
        for name, buffer in self.named_buffers():
            if name in passing:
                buffer.zero_()
        return {**found, "alarms": alarms}

    def average(self) -> list[float]:
        """[K] mean share of each candidate since the beginning; equal shares if nothing was chosen yet."""
        if not self.total_batches.item():
            return [1 / len(self.total_shares)] * len(self.total_shares)
        return (self.total_shares / self.total_batches).tolist()

    def usefulness_at(self, grid: Tensor) -> list | None:
        """[n_labels][G][K] mean usefulness in the cell of each point, None where it is not known."""
        if not self.cell_useful.any():
            return None
        table = self._by_cell(self.cell_usefulness, self.cell_useful)
        bins = (grid * BINS).long().clamp(0, BINS - 1).tolist()
        return [[row[b] for b in bins] for row in table]

    def _by_cell(self, sums: Tensor, counts: Tensor) -> list:
        means = (sums / counts[:, None]).tolist()
        known = [mean if count > 0 else None for mean, count in zip(means, counts.tolist(), strict=True)]
        return [known[row * BINS : (row + 1) * BINS] for row in range(self.n_labels)]
