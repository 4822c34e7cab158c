"""Products between the embeddings of a batch's fields. Twice differentiable, and in forward mode."""

from typing import Any

import torch
from torch import Tensor, nn


def bi_interaction(e: Tensor) -> Tensor:
    """Σ_{i<j} e_i ⊙ e_j = ½ [(Σ_i e_i)² - Σ_i e_i²]: [B, F, D] → [B, D]."""
    return _BiInteraction.apply(e)


class _BiInteraction(torch.autograd.Function):
    """Its gradient, Σ_{j≠i} g ⊙ e_j = g ⊙ s - g ⊙ e_i with s = Σ_j e_j, in one pass over [B, F, D] instead of five."""

    generate_vmap_rule = True

    @staticmethod
    def forward(e: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return 0.5 * (e.sum(1).square() - e.square().sum(1))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        (e,) = ctx.saved_tensors
        g, s = upstream.unsqueeze(1), e.sum(1, keepdim=True)  # [B, 1, D]
        return torch.addcmul((g * s).expand_as(e), g, e, value=-1)

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        (e,) = ctx.saved_tensors
        return e.sum(1) * tangent.sum(1) - (e * tangent).sum(1)


class FactorizationMachine(nn.Module):
    """Σ_{i<j} ⟨e_i, e_j⟩: [B, F, D] → [B, C].

    For C classes the inner product has weights per class, Σ_d r_cd e_id e_jd: a term that all classes share would
    cancel in the softmax. r starts as N(0, 1), so each class's term has the variance of the plain one.
    """

    def __init__(self, dim: int, n_outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_outputs, dim)) if n_outputs > 1 else None

    def forward(self, e: Tensor) -> Tensor:
        pooled = bi_interaction(e)
        return pooled.sum(1, keepdim=True) if self.weight is None else pooled @ self.weight.T


class InnerProducts(nn.Module):
    """⟨e_i, e_j⟩ for each pair i < j of F fields: [B, F, D] → [B, F(F-1)/2]."""

    pairs: Tensor  # [F(F-1)/2]

    def __init__(self, n_fields: int):
        super().__init__()
        rows, columns = torch.triu_indices(n_fields, n_fields, 1)
        self.register_buffer("pairs", rows * n_fields + columns, persistent=False)
        self.n_pairs = len(self.pairs)

    def forward(self, e: Tensor) -> Tensor:
        return torch.bmm(e, e.mT).flatten(1).index_select(1, self.pairs)
