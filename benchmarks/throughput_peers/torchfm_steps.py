"""torchfm's DeepFM, trained as its example does, by Adam with weight decay. Its MLP always has batch norm."""

import torch
from torchfm.model.dfm import DeepFactorizationMachineModel
from turns import DIM, FIELDS, VALUES, batches, serve, workload

work = workload()
model = DeepFactorizationMachineModel([VALUES] * FIELDS, DIM, work.mlp, work.dropout)
optimizer = torch.optim.Adam(model.parameters(), lr=0.001, weight_decay=1e-6)
criterion = torch.nn.BCELoss()


def step(ids, y):
    loss = criterion(model(ids), y)
    model.zero_grad()
    loss.backward()
    optimizer.step()


serve(work, step, batches(work))
