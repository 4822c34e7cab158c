"""The matrix products of the MLP alone, forward and backward: what no implementation in float32 can go below."""

import torch
from turns import DIM, FIELDS, batches, serve, workload

work = workload()
widths = [FIELDS * DIM, *work.mlp]
x = torch.randn(work.batch, widths[0])
weights = [torch.randn(n, m) for n, m in zip(widths, widths[1:], strict=False)]


def step(ids, y):
    inputs = [x]
    for weight in weights:
        inputs.append(inputs[-1] @ weight)
    gradient = inputs[-1]
    for weight, each in zip(reversed(weights), reversed(inputs[:-1]), strict=True):
        each.T @ gradient
        gradient = gradient @ weight.T


serve(work, step, batches(work))
