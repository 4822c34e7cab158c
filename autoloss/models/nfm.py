"""NFM: an MLP on the bi-interaction of embeddings. He and Chua, SIGIR 2017, equations 2 to 7."""

from collections.abc import Sequence

from torch import Tensor, nn

from autoloss.models import MLP, Dropout, Embedding, FirstOrder, bi_interaction, logits
from autoloss.ranges import PositiveInt, Probability


class NFM(nn.Module):
    """z = w_0 + Σ_f w_f + MLP(Σ_{i<j} e_i ⊙ e_j), both terms per class for C classes.

    As in the paper, the pooled interactions also go through batch norm and dropout.

    Args:
        field_sizes: values per field.
        n_outputs: 1, or C for C classes.
        dim: size of an embedding.
        mlp: widths of the hidden layers.
        dropout: probability that a pooled interaction or a hidden unit is dropped in training.
        batch_norm: of the pooled interactions and in hidden layers.
    """

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
        self.first_order = FirstOrder(field_sizes, n_outputs)
        self.embedding = Embedding(field_sizes, dim)
        self.norm = nn.BatchNorm1d(dim) if batch_norm else nn.Identity()
        self.dropout = Dropout(dropout)
        self.mlp = MLP(dim, mlp, n_outputs, dropout, batch_norm)

    def forward(self, ids: Tensor) -> Tensor:
        """ids [B, F], offset into one table → logits, [B] or [B, C]."""
        pooled = bi_interaction(self.embedding(ids))  # [B, D]
        return logits(self.first_order(ids) + self.mlp(self.dropout(self.norm(pooled))))
