"""What a training run changes as it goes."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from autoloss.methods import Method
from autoloss.training.progress import Progress


@dataclass
class State:
    """All that a checkpoint holds.

    Attributes:
        model, optimizer, method: as they are now.
        progress: how far training has come.
        best: state of the model at its best evaluation; empty before the first.
    """

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    method: Method
    progress: Progress = field(default_factory=Progress)
    best: dict[str, Tensor] = field(default_factory=dict)
