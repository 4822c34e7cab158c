"""Batches for the losses, and the same examples as plain floats for formulas that are written out slowly."""

import math

import pytest
import torch

EXTREME = 100.0


@pytest.fixture(params=["binary", "multiclass"])
def batch(request):
    """(logits, y) in float64 of one task: random ones, equal logits, and logits as large as ±100."""
    random = torch.Generator().manual_seed(0)
    if request.param == "binary":
        logits = torch.cat(
            [torch.tensor([0.0, EXTREME, -EXTREME, EXTREME, -EXTREME]), torch.randn(15, generator=random)]
        )
        return logits.double(), (torch.arange(20) % 2).float()
    extreme = torch.tensor([[0.0, 0, 0, 0], [EXTREME, 0, -EXTREME, 1], [EXTREME, 0, -EXTREME, 1], [-EXTREME, 1, 1, 2]])
    logits = torch.cat([extreme, 2 * torch.randn(16, 4, generator=random)])
    return logits.double(), torch.arange(20) % 4


@pytest.fixture
def examples(batch):
    """The batch as a list of (class logits, label); the class logits of a binary z are (0, z)."""
    logits, y = batch
    rows = logits.tolist() if logits.dim() == 2 else [[0.0, z] for z in logits.tolist()]
    return [(row, int(label)) for row, label in zip(rows, y.tolist(), strict=True)]


@pytest.fixture
def softmax():
    """List of logits → list of probabilities, in plain floats."""

    def slowly(logits):
        top = max(logits)
        exponentials = [math.exp(z - top) for z in logits]
        return [e / sum(exponentials) for e in exponentials]

    return slowly


@pytest.fixture
def targets():
    """(predictions, y) of a regression in float64: random ones, exact hits, errors of ±100."""
    random = torch.Generator().manual_seed(0)
    y = 1 + 4 * torch.rand(20, generator=random).double()
    errors = torch.randn(20, generator=random).double() * 2
    errors[:3] = torch.tensor([0.0, EXTREME, -EXTREME])
    return y + errors, y
