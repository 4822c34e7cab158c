"""A small model with every kind of layer that the look-ahead must treat right, batches, candidate losses,
and the look-ahead gradient the slow way: unrolled, through a second-order graph."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from autoloss.losses import stack
from autoloss.methods import Method, random_from, train_step
from autoloss.methods.helpers.preconditioner import precondition

FIELDS, VOCABULARY, BATCH = 4, 60, 48


class SmallModel(torch.nn.Module):
    """Embedding, batch norm and dropout: [B, FIELDS] ids → [B] or [B, C] logits."""

    def __init__(self, n_outputs, dropout=0.3):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, 3)
        self.mlp = torch.nn.Sequential(
            torch.nn.Linear(FIELDS * 3, 8),
            torch.nn.BatchNorm1d(8),
            torch.nn.ReLU(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(8, n_outputs),
        )

    def forward(self, ids):
        return self.mlp(self.embedding(ids).flatten(1)).squeeze(1)


def cross_entropy(logits, y):
    if logits.dim() == 2:
        return F.cross_entropy(logits, y, reduction="none")
    return F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype), reduction="none")


def focal(logits, y):
    ce = cross_entropy(logits, y)
    return (1 - (-ce).exp()) ** 2 * ce


def hinge(logits, y):
    if logits.dim() == 1:
        return F.relu(1 - (2 * y - 1) * logits)
    margins = F.relu(1 - logits.gather(1, y[:, None]) + logits)
    return (margins.sum(1) - 1) / (logits.shape[1] - 1)


def squared(logits, y):
    return (logits - y) ** 2


def absolute(logits, y):
    return (logits - y).abs()


def huber(logits, y):
    return F.huber_loss(logits, y.to(logits.dtype), reduction="none")


for regression_loss in (squared, absolute, huber):
    regression_loss.tasks = ("regression",)

OUTPUTS = {"binary": 1, "multiclass": 3, "regression": 1}


def labels(task, n):
    if task == "regression":
        return 3 + 2 * torch.randn(n)
    return torch.randint(0, 3, (n,)) if task == "multiclass" else torch.randint(0, 2, (n,)).float()


@pytest.fixture(params=list(OUTPUTS))
def problem(request):
    """One per task: .task, .n_outputs, .losses, .model(), .batch(), .double()."""
    task = request.param
    torch.manual_seed(0)

    def batch(n=BATCH):
        return torch.randint(0, VOCABULARY, (n, FIELDS)), labels(task, n)

    return SimpleNamespace(
        task=task,
        n_outputs=OUTPUTS[task],
        losses=[squared, absolute, huber] if task == "regression" else [focal, hinge, cross_entropy],
        model=lambda dropout=0.3: SmallModel(OUTPUTS[task], dropout),
        batch=batch,
    )


class Probe(Method):
    """Fixed weights; keeps the last look-ahead."""

    def weights(self, logits, y, step):
        return self.rule(logits, y)

    def due(self, step):
        return True

    def update(self, ahead):
        self.ahead = ahead


def probe(model, optimizer, losses, rule, batch, steps=3):
    """The look-ahead of the last of some training steps; `rule`: (logits, y) → [B, K]."""
    method = Probe(losses, model.mlp[-1].out_features)
    method.rule = lambda z, y: rule(z, y).detach()
    for _ in range(steps):
        train_step(model, optimizer, method, *batch(), batch)
    return method.ahead


def unrolled(ahead, losses, rule, objective, same=0.0):
    """The outer objective at W' = W - A ∇L(W, V), A held constant, with the graph of V's second-order gradient.

    rule: (logits, y) → [B, K] weights with V's graph; objective: (logits, y) → scalar; same: tolerance of the logits
    that are computed again.
    """
    before = {name: p.clone().requires_grad_() for name, p in ahead.before.items()}
    total = torch.zeros((), dtype=ahead.logits.dtype)
    for each in ahead.passes:
        with random_from(each.rng_state, each.y.device):
            logits = ahead.forward(each, before)
        torch.testing.assert_close(logits.detach(), each.logits, rtol=same, atol=same)
        total = total + each.factor * (rule(each.logits, each.y) * stack(losses, logits, each.y)).sum(1).mean()
    gradients = torch.autograd.grad(total, list(before.values()), create_graph=True)
    factor = precondition(ahead, {name: torch.ones_like(p) for name, p in before.items()})
    stepped = dict(ahead.model.named_parameters())
    moved = {
        name: stepped[name].detach() - factor[name] * (g - g.detach())
        for name, g in zip(before, gradients, strict=True)
    }
    modes = [(m, m.training) for m in ahead.model.modules()]
    ahead.model.eval()
    value = objective(ahead.validate(moved), ahead.valid_y)
    for module, mode in modes:
        module.training = mode
    return value


def inner_step(ahead, losses, rule, adapted, rate):
    """Parameters after one plain gradient step from W on the training batch, with the graph of the step.

    adapted: names of the parameters that move.
    """
    start = {name: p.clone().requires_grad_() for name, p in ahead.before.items()}
    with random_from(ahead.rng_state, ahead.y.device):
        logits = ahead.forward(ahead.passes[0], start)
    loss = (rule(ahead.logits, ahead.y) * stack(losses, logits, ahead.y)).sum(1).mean()
    gradients = torch.autograd.grad(loss, [start[name] for name in adapted], create_graph=True)
    return start | {name: start[name] - rate * g for name, g in zip(adapted, gradients, strict=True)}


@pytest.fixture
def look():
    """.Probe, .probe, .unrolled and .inner_step, see there."""
    return SimpleNamespace(Probe=Probe, probe=probe, unrolled=unrolled, inner_step=inner_step)
