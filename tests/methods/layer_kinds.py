"""Small models, one for each kind of layer, and each kind of wrapper around one."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations

BATCH, LENGTH, WIDTH, IDS = 24, 6, 4, 20


class WithHead(nn.Module):
    """Any layer on numbers [B, LENGTH, WIDTH] or on ids [B, LENGTH], and a linear output on the mean over places."""

    def __init__(self, layer: nn.Module, width: int, by_id: bool = False):
        super().__init__()
        self.embedding = nn.Embedding(IDS, WIDTH) if not by_id else nn.Identity()
        self.layer = layer
        self.head = nn.Linear(width, 1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        h = self.layer(self.embedding(ids))
        if isinstance(h, tuple):
            h = h[0]
        if h.dim() == 3:
            h = h.mean(1)
        return self.head(h).squeeze(1)


class Dense(nn.Module):
    """What can be scripted: an embedding, linear layers, batch norm and dropout."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(IDS, WIDTH)
        self.mlp = nn.Sequential(
            nn.Linear(LENGTH * WIDTH, 8, bias=False), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1)
        )

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.mlp(self.embedding(ids).flatten(1)).squeeze(1)


class Flat(nn.Module):
    """A layer for [B, N] in place of [B, L, N/L]."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.flatten(1))


class Swapped(nn.Module):
    """A layer for [B, N, L]."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.mT).mT


class ScaledDotProduct(nn.Module):
    def __init__(self):
        super().__init__()
        self.project = nn.Linear(WIDTH, 3 * WIDTH)

    def forward(self, x):
        query, key, value = self.project(x).unsqueeze(1).chunk(3, -1)
        return F.scaled_dot_product_attention(query, key, value).squeeze(1)


class SelfAttention(nn.MultiheadAttention):
    def forward(self, x):
        return super().forward(x, x, x, need_weights=False)[0]


class Bag(nn.EmbeddingBag):
    twice = False  # True: in operations that can be differentiated twice

    def forward(self, ids):
        return F.embedding(ids, self.weight).mean(1) if self.twice else super().forward(ids)


class Distances(nn.Module):
    twice = False

    def __init__(self):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(5, WIDTH))

    def forward(self, x):
        x = x.mean(1)
        if self.twice:
            return (x[:, None] - self.centres).square().sum(2).sqrt()
        return torch.cdist(x, self.centres)


def _wide(norm=lambda layer: layer):
    return Flat(norm(nn.Linear(LENGTH * WIDTH, 5)))


LAYERS = {
    "linear": lambda: WithHead(_wide(), 5),
    "embedding bag": lambda: WithHead(Bag(IDS, WIDTH), WIDTH, by_id=True),
    "convolution": lambda: WithHead(Swapped(nn.Conv1d(WIDTH, 5, 3, padding=1)), 5),
    "batch norm": lambda: WithHead(Swapped(nn.BatchNorm1d(WIDTH)), WIDTH),
    "layer norm": lambda: WithHead(nn.LayerNorm(WIDTH), WIDTH),
    "dropout": lambda: WithHead(nn.Sequential(nn.Linear(WIDTH, 8), nn.Dropout(0.3)), 8),
    "LSTM": lambda: WithHead(nn.LSTM(WIDTH, 5, batch_first=True), 5),
    "GRU": lambda: WithHead(nn.GRU(WIDTH, 5, batch_first=True), 5),
    "scaled_dot_product_attention": lambda: WithHead(ScaledDotProduct(), WIDTH),
    "MultiheadAttention": lambda: WithHead(SelfAttention(WIDTH, 2, batch_first=True), WIDTH),
    "TransformerEncoderLayer": lambda: WithHead(nn.TransformerEncoderLayer(WIDTH, 2, 8, batch_first=True), WIDTH),
    "weight norm": lambda: WithHead(_wide(parametrizations.weight_norm), 5),
    "spectral norm": lambda: WithHead(_wide(parametrizations.spectral_norm), 5),
    "cdist": lambda: WithHead(Distances(), 5),
}
WRAPPERS = {
    "torch.jit.script": torch.jit.script,
    "torch.compile": lambda model: torch.compile(model, backend="eager"),
    "DataParallel": nn.DataParallel,
    "DistributedDataParallel": nn.parallel.DistributedDataParallel,
}
