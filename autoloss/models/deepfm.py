"""DeepFM: a factorization machine and an MLP on the same embeddings. Guo et al., IJCAI 2017, equations 1 to 4."""

from collections.abc import Sequence

from torch import Tensor, nn

from autoloss.models import MLP, Embedding, FactorizationMachine, FirstOrder, logits
from autoloss.ranges import PositiveInt, Probability


class DeepFM(nn.Module):
    """z = w_0 + Σ_f w_f + Σ_{i<j} ⟨e_i, e_j⟩ + MLP(e_1 ‖ … ‖ e_F), all terms per class for C classes.

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
        self.first_order = FirstOrder(field_sizes, n_outputs)
        self.embedding = Embedding(field_sizes, dim)
        self.fm = FactorizationMachine(dim, n_outputs)
        self.mlp = MLP(len(field_sizes) * dim, mlp, n_outputs, dropout, batch_norm)

    def forward(self, ids: Tensor) -> Tensor:
        """ids [B, F], offset into one table → logits, [B] or [B, C]."""
        e = self.embedding(ids)  # [B, F, D]
        return logits(self.first_order(ids) + self.fm(e) + self.mlp(e.flatten(1)))
