"""AutoInt: self-attention over fields, with an MLP beside it. Song et al., CIKM 2019, equations 5 to 9."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from autoloss.models import MLP, Attention, Embedding, Output, logits
from autoloss.ranges import PositiveInt, Probability


class AutoInt(nn.Module):
    """z = W (ẽ_1 ‖ … ‖ ẽ_F) + b + MLP(e_1 ‖ … ‖ e_F), ẽ = e after the attention layers; W, b and MLP give C logits.

    With the MLP this is the paper's AutoInt+; `mlp=()` is AutoInt.

    Args:
        field_sizes: values per field.
        n_outputs: 1, or C for C classes.
        dim: size of an embedding.
        attention: width of an attention layer, all heads together.
        layers: attention layers.
        heads: of each attention layer.
        mlp: widths of the hidden layers; empty: no MLP.
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
        attention: PositiveInt = 64,
        layers: PositiveInt = 3,
        heads: PositiveInt = 2,
        mlp: tuple[PositiveInt, ...] = (128, 128),
        dropout: Probability = 0.2,
        batch_norm: bool = True,
    ):
        super().__init__()
        n_fields, widths = len(field_sizes), [dim, *[attention] * layers]
        self.embedding = Embedding(field_sizes, dim)
        self.attention = nn.Sequential(*[Attention(n, m, heads) for n, m in pairwise(widths)])
        self.output = Output(n_fields * widths[-1], n_outputs)
        self.mlp = MLP(n_fields * dim, mlp, n_outputs, dropout, batch_norm) if mlp else None

    def forward(self, ids: Tensor) -> Tensor:
        """ids [B, F], offset into one table → logits, [B] or [B, C]."""
        e = self.embedding(ids)  # [B, F, D]
        z = self.output(self.attention(e).flatten(1))
        return logits(z if self.mlp is None else z + self.mlp(e.flatten(1)))
