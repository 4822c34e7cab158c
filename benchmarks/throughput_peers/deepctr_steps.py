"""DeepCTR-Torch's DeepFM, trained as its `fit` does, with the L2 terms that it has by default."""

import threading

import torch

threading.Thread.start = lambda self: None  # importing it asks the package index for a newer version
from deepctr_torch.inputs import SparseFeat  # noqa: E402
from deepctr_torch.models import DeepFM  # noqa: E402
from turns import DIM, FIELDS, VALUES, batches, serve, workload  # noqa: E402

work = workload()
features = [SparseFeat(f"f{i}", VALUES, DIM) for i in range(FIELDS)]
model = DeepFM(
    features, features, dnn_hidden_units=work.mlp, dnn_dropout=work.dropout, dnn_use_bn=work.regularised
)  # fmt: skip
optimizer = torch.optim.Adam(model.parameters())
model.train()


def step(ids, y):
    predicted = model(ids).squeeze(-1)
    optimizer.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy(predicted, y, reduction="sum")
    (loss + model.get_regularization_loss()).backward()
    optimizer.step()


serve(work, step, [(ids.float(), y) for ids, y in batches(work)])
