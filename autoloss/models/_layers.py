"""Blocks that the models share. All are twice differentiable, and in forward mode, in train mode too.

Initialisation: embeddings N(0, 0.01²), so that interactions start near zero and a rare value adds no noise to
predictions; first-order weights and biases 0, for the same reason; layers before a ReLU as in He et al. (2015), which
keeps the signal's variance from layer to layer; output layers a tenth of that in scale, so that training starts near
the uninformed prediction.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autoloss.errors import UserError
from autoloss.models._kept import Table

EMBEDDING_STD = 0.01
OUTPUT_SCALE = 0.1


class Embedding(Table):
    """One table for all fields: ids [B, F], offset into it, → [B, F, dim].

    Args:
        field_sizes: values per field; the table has as many rows as all fields have values.
        dim: size of an embedding.
    """

    def __init__(self, field_sizes: Sequence[int], dim: int):
        super().__init__()
        require(dim >= 1, "dim", dim, "at least 1")
        self.weight = nn.Parameter(torch.empty(sum(field_sizes), dim))
        nn.init.normal_(self.weight, std=EMBEDDING_STD)

    def forward(self, ids: Tensor) -> Tensor:
        return self.rows(ids)


class FirstOrder(Table):
    """w_0 + Σ_f w[ids_f], with separate weights for each output: ids [B, F] → [B, C]."""

    def __init__(self, field_sizes: Sequence[int], n_outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(sum(field_sizes), n_outputs))
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, ids: Tensor) -> Tensor:
        return self.rows(ids).sum(1) + self.bias


class Attention(nn.Module):
    """Multi-head self-attention over fields with a residual: [B, F, D] → [B, F, width].

    For each head α = softmax_k ⟨W_Q e_m, W_K e_k⟩ and ẽ_m = Σ_k α_mk W_V e_k; with the heads concatenated, the output
    is ReLU(ẽ_m + W_Res e_m). AutoInt (Song et al., CIKM 2019), equations 5 to 8; its authors' code differs from them
    (scaled scores, ReLUs on all four products, a layer norm). The four products are computed as one.

    Args:
        dim: D.
        width: of all heads together.
        heads: number of heads, a divisor of the width.
    """

    def __init__(self, dim: int, width: int, heads: int):
        super().__init__()
        require(heads >= 1 and width >= 1 and width % heads == 0, "heads", heads, f"a divisor of the width, {width}")
        self.heads = heads
        self.weight = nn.Parameter(torch.empty(4 * width, dim))
        for part in self.weight.chunk(4):
            nn.init.xavier_uniform_(part)

    def forward(self, e: Tensor) -> Tensor:
        query, key, value, residual = F.linear(e, self.weight).chunk(4, -1)
        query, key, value = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in (query, key, value))
        attention = (query @ key.mT).softmax(-1)  # [B, heads, F, F]
        return F.relu((attention @ value).transpose(1, 2).flatten(2) + residual)


class Dropout(nn.Dropout):
    """Dropout; on a CPU from uniform numbers, which are drawn there several times as fast as Bernoulli ones."""

    def __init__(self, p: float):
        require(0 <= p < 1, "dropout", p, "a number from 0 to less than 1")
        super().__init__(p)

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or self.p == 0 or input.is_cuda:
            return super().forward(input)
        return input * torch.rand_like(input).ge_(self.p).mul_(1 / (1 - self.p))


class MLP(nn.Sequential):
    """Hidden layers (linear, batch norm, ReLU, dropout) and a linear output: [B, n_inputs] → [B, n_outputs].

    Args:
        n_inputs: width of the input.
        hidden: widths of the hidden layers.
        n_outputs: width of the output.
        dropout: probability that a hidden unit is dropped in training.
        batch_norm: without it, hidden layers have a bias instead (batch norm would cancel one).
    """

    def __init__(self, n_inputs: int, hidden: Sequence[int], n_outputs: int, dropout: float, batch_norm: bool):
        require(all(width >= 1 for width in hidden), "mlp", list(hidden), "widths of at least 1")
        layers: list[nn.Module] = []
        for width in hidden:
            layers.append(_hidden(n_inputs, width, bias=not batch_norm))
            layers += [nn.BatchNorm1d(width)] if batch_norm else []
            layers.append(nn.ReLU(inplace=True))
            layers.append(Dropout(dropout))
            n_inputs = width
        super().__init__(*layers, Output(n_inputs, n_outputs))


class Output(nn.Linear):
    """The last linear layer of a model or of one of its terms: its output is added to the logits."""

    def __init__(self, n_inputs: int, n_outputs: int):
        super().__init__(n_inputs, n_outputs)
        nn.init.normal_(self.weight, std=OUTPUT_SCALE * math.sqrt(2 / n_inputs))
        nn.init.zeros_(self.bias)


@torch.no_grad()
def start_at(model: nn.Module, outputs: Tensor | float) -> None:
    """Shifts the model's initial predictions by the bias of its first `Output`; other models are left unchanged.

    Squared error needs it: ratings around 3.5 are far from 0, and as long as hidden units have to carry that constant,
    dropout turns it into noise. (RMSE on 100,836 real ratings with it and without: DeepFM 0.870 and 0.989, IPNN 0.867
    and 0.982, NFM 0.913 and 1.099, AutoInt 0.870 and 0.926; the best of three epochs, one seed, validation.)

    Args:
        model: one of this package.
        outputs: [C], or one number for all; it is added.
    """
    for layer in model.modules():
        if isinstance(layer, Output):
            layer.bias.add_(outputs)
            return


def logits(outputs: Tensor) -> Tensor:
    """[B, C] → what models return: [B] for one output, else unchanged."""
    return outputs.squeeze(1) if outputs.shape[1] == 1 else outputs


def require(holds: bool, name: str, found: object, expected: str) -> None:
    """Checks a hyperparameter.

    Raises:
        UserError: `holds` is False; with the name, what was found and what was expected.
    """
    if not holds:
        raise UserError(f"model: {name}: found {found!r}, expected {expected}")


def _hidden(n_inputs: int, width: int, bias: bool) -> nn.Linear:
    layer = nn.Linear(n_inputs, width, bias=bias)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if bias:
        nn.init.zeros_(layer.bias)
    return layer
