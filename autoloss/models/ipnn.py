"""IPNN: an MLP on embeddings and their inner products. Qu et al., ICDM 2016, equations 1 to 9."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from autoloss.models import MLP, Embedding, InnerProducts, logits
from autoloss.ranges import PositiveInt, Probability


class IPNN(nn.Module):
    """z = MLP(e_1 ‖ … ‖ e_F ‖ ⟨e_i, e_j⟩ for all i < j). There is no first-order term.

    Args:
        field_sizes: values per field.
        n_outputs: 1, or C for C classes.
        dim: size of an embedding.
        mlp: widths of the hidden layers.
        dropout: probability that a hidden unit is dropped in training.
        batch_norm: in hidden layers.
    """

    unused_when = {"dropout": "not mlp", "batch_norm": "not mlp"}

    def __init__(
        self,
        field_sizes: Sequence[int],
        n_outputs: int,
        *,
        dim: PositiveInt = 16,
        mlp: tuple[PositiveInt, ...] = (128, 128),
        dropout: Probability = 0.2,
        batch_norm: bool = True,
    ):
        super().__init__()
        n_fields = len(field_sizes)
        self.embedding = Embedding(field_sizes, dim)
        self.products = InnerProducts(n_fields)
        self.mlp = MLP(n_fields * dim + self.products.n_pairs, mlp, n_outputs, dropout, batch_norm)

    def forward(self, ids: Tensor) -> Tensor:
        """ids [B, F], offset into one table → logits, [B] or [B, C]."""
        e = self.embedding(ids)  # [B, F, D]
        return logits(self.mlp(torch.cat([e.flatten(1), self.products(e)], 1)))
