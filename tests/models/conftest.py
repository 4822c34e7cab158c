"""A small input for the models, and their blocks written out slowly, in plain floats."""

import math

import pytest
import torch

SIZES = [4, 3, 5, 2]


@pytest.fixture
def sizes():
    """Values per field."""
    return SIZES


@pytest.fixture
def ids():
    """[32, 4] int32, offset into one table."""
    random = torch.Generator().manual_seed(0)
    columns = [torch.randint(size, (32,), generator=random) + sum(SIZES[:f]) for f, size in enumerate(SIZES)]
    return torch.stack(columns, 1).int()


@pytest.fixture
def shaken():
    """Model → the same in float64, every parameter and running statistic moved at random, so that all of them count."""

    def shake(model, scale=0.3):
        random = torch.Generator().manual_seed(1)
        model = model.double()
        with torch.no_grad():
            for p in model.parameters():
                p += scale * torch.randn(p.shape, generator=random).double()
            for name, buffer in model.named_buffers():
                if "running" in name:
                    buffer.copy_(0.5 + torch.rand(buffer.shape, generator=random))
        return model

    return shake


@pytest.fixture
def slow_mlp():
    """(MLP in eval mode, input as a list) → its outputs as a list, layer by layer."""

    def slowly(mlp, x):
        for layer in mlp:
            if isinstance(layer, torch.nn.Linear):
                x = slow_linear(layer, x)
            elif isinstance(layer, torch.nn.BatchNorm1d):
                statistics = zip(x, *(t.tolist() for t in (layer.running_mean, layer.running_var)), strict=True)
                x = [(v - mean) / math.sqrt(variance + layer.eps) for v, mean, variance in statistics]
                x = [g * v + b for g, v, b in zip(layer.weight.tolist(), x, layer.bias.tolist(), strict=True)]
            elif isinstance(layer, torch.nn.ReLU):
                x = [max(0.0, v) for v in x]
            else:
                assert isinstance(layer, torch.nn.Dropout)
        return x

    def slow_linear(layer, x):
        bias = [0.0] * layer.out_features if layer.bias is None else layer.bias.tolist()
        return [
            sum(w * v for w, v in zip(row, x, strict=True)) + b
            for row, b in zip(layer.weight.tolist(), bias, strict=True)
        ]

    return slowly


@pytest.fixture
def mlp_size():
    """(inputs, hidden widths, outputs, batch norm) → number of parameters of an MLP."""

    def count(n_inputs, hidden, n_outputs, batch_norm=True):
        total = 0
        for width in hidden:
            total += n_inputs * width + (2 * width if batch_norm else width)  # scale and shift, or a bias
            n_inputs = width
        return total + n_inputs * n_outputs + n_outputs

    return count


@pytest.fixture
def n_parameters():
    """Model → number of its parameters."""
    return lambda model: sum(p.numel() for p in model.parameters())
