"""Our DeepFM, trained as a cell trains it: python autoloss_steps.py WORKLOAD ce | autoloss."""

import sys

import torch
from turns import DIM, FIELDS, VALUES, batches, serve, workload

from autoloss import registry
from autoloss.methods import train_step
from autoloss.models import kept_gradients
from autoloss.training import settle

CANDIDATES = {"ce": ("cross_entropy",), "autoloss": ("focal", "kl", "hinge", "cross_entropy")}

work, who = workload(), sys.argv[2]
settle.machine(work.threads)
model = registry.load("models", "deepfm")(
    (VALUES,) * FIELDS, 1, dim=DIM, mlp=tuple(work.mlp), dropout=work.dropout, batch_norm=work.regularised
)
optimizer = torch.optim.Adam(model.parameters(), weight_decay=1e-6, fused=True)
losses = [registry.load("losses", name)() for name in CANDIDATES[who]]
if who == "ce":
    method = registry.load("methods", "fixed")(losses, 1)
else:
    method = registry.load("methods", "autoloss")(losses, 1, warmup=0)
offsets = torch.arange(FIELDS) * VALUES
ready = [((ids + offsets).int(), y) for ids, y in batches(work)]
with kept_gradients(model):
    serve(work, lambda ids, y: train_step(model, optimizer, method, ids, y, lambda: ready[-1]), ready)
