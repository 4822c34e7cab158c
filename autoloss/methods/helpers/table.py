"""A controller without a network: a table of mean advantages, and the exact soft best response to it.

The per-example hypergradients s_ij say by how much a step on candidate j at example i lowers the outer objective
(`helpers.hypergradient`). With c_j the gradient scales:

    S ← .9 S + .1 mean|s c|  (the first time: mean|s c|)          the typical size of an advantage
    a_ij = (s_ij c_j - mean_k s_ik c_k) / S                       advantage of candidate j at example i
    N_cell ← .9 N_cell + Σ_{i in cell} a_i,  n_cell ← .9 n_cell + count
    Ā_all = Σ N / (Σ n + 100),  Ā_cell = (N_cell + 500 Ā_all) / (n_cell + 500)    shrunk towards the overall mean
    log π = log_softmax(κ 1[candidate is the outer objective] + Ā_cell / λ)

A cell is a label and one of four bins of the predicted probability. π is the exact maximiser of
E Σ_j π_j a_j - λ KL(π ‖ r) with r ∝ exp(κ 1[candidate is the outer objective]): there is no learning rate, and no
softmax that has to be left again by gradient steps.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from autoloss.methods.helpers.controller import Controller

BINS = 4  # of the prediction axis
MEMORY = 0.9  # of sums, at each update
SHRINK_ALL, SHRINK_CELL = 100, 500  # examples that pull the overall mean towards 0, and a cell's towards the overall


class Table(Controller):
    """log π per cell; equal probabilities before the first update.

    Args:
        task, n_outputs, n_losses: as in `Controller`.
        kl_strength: λ > 0, the strength of the pull towards r.
        preferred: [K] whether a candidate is the outer objective.
        preference: κ ≥ 0.
    """

    advantages: Tensor  # [cells, K] N
    counts: Tensor  # [cells] n
    size: Tensor  # S
    updates: Tensor
    preferred: Tensor  # [K]

    def __init__(
        self, task: str, n_outputs: int, n_losses: int, kl_strength: float, preference: float, preferred: list[bool]
    ):
        super().__init__(task, n_outputs, n_losses)
        self.kl_strength, self.preference = kl_strength, preference
        cells = self.examples.n_labels * BINS
        self.register_buffer("advantages", torch.zeros(cells, n_losses))
        self.register_buffer("counts", torch.zeros(cells))
        self.register_buffer("size", torch.zeros(()))
        self.register_buffer("updates", torch.zeros(()))
        self.register_buffer("preferred", torch.tensor(preferred, dtype=torch.float32))

    @torch.no_grad()
    def forward(self, logits: Tensor, y: Tensor) -> Tensor:
        return self.log_probs()[self.examples.cell(logits, y, BINS)]

    def log_probs(self) -> Tensor:
        """[cells, K] log π."""
        overall = self.advantages.sum(0) / (self.counts.sum() + SHRINK_ALL)
        shrunk = (self.advantages + SHRINK_CELL * overall) / (self.counts + SHRINK_CELL)[:, None]
        best_response = F.log_softmax(self.preference * self.preferred + shrunk / self.kl_strength, 1)
        return torch.where(self.updates > 0, best_response, F.log_softmax(torch.zeros_like(shrunk), 1))

    @torch.no_grad()
    def learn(self, hypergradients: Tensor, logits: Tensor, y: Tensor) -> None:
        """Adds the hypergradients of a batch.

        Args:
            hypergradients: [B, K] s_ij c_j.
            logits, y: of the batch, [B] or [B, C], and [B].
        """
        now = hypergradients.abs().mean().to(self.size.dtype)
        self.size.copy_(torch.where(self.updates > 0, MEMORY * self.size + (1 - MEMORY) * now, now))
        advantage = hypergradients - hypergradients.mean(1, keepdim=True)
        advantage = advantage.to(self.size.dtype) / self.size.clamp_min(1e-30)
        cell = self.examples.cell(logits, y, BINS)
        self.advantages.mul_(MEMORY).index_add_(0, cell, advantage)
        self.counts.mul_(MEMORY).index_add_(0, cell, torch.ones_like(advantage[:, 0]))
        self.updates.add_(1)

    @property
    def made_with(self) -> dict[str, object]:
        return {"kl_strength": self.kl_strength, "preference": self.preference, "bins": BINS}
