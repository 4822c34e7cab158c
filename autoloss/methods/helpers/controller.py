"""Controllers: (label, prediction) of an example → log-probabilities of the candidate losses."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from autoloss.methods.helpers.examples import examples_of


class Controller(torch.nn.Module, ABC):
    """A distribution over the candidate losses for each example. Its state is what is saved and transferred.

    Args:
        task: "binary", "multiclass" or "regression".
        n_outputs: as in `Method`.
        n_losses: K.
    """

    def __init__(self, task: str, n_outputs: int, n_losses: int):
        super().__init__()
        self.examples = examples_of(task, n_outputs)
        self.n_losses = n_losses

    @abstractmethod
    def forward(self, logits: Tensor, y: Tensor) -> Tensor:
        """[B, K] log-probabilities; logits [B] or [B, C] (detached here), y [B]."""

    @property
    @abstractmethod
    def made_with(self) -> dict[str, object]:
        """What it is made with beside the task and the losses, for controller.json."""


class Network(Controller):
    """log π_i = log_softmax(MLP(label_i, prediction_i)).

    The last layer starts at zero, so every candidate starts with the same probability.

    Args:
        task, n_outputs, n_losses: as in `Controller`.
        hidden: widths of the hidden layers (ReLU).
    """

    def __init__(self, task: str, n_outputs: int, n_losses: int, hidden: Sequence[int]):
        super().__init__(task, n_outputs, n_losses)
        self.hidden = list(hidden)
        widths = (self.examples.width, *hidden)
        layers: list[torch.nn.Module] = []
        for narrow, wide in zip(widths, widths[1:], strict=False):
            layers += [torch.nn.Linear(narrow, wide), torch.nn.ReLU()]
        last = torch.nn.Linear(widths[-1], n_losses)
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
        self.mlp = torch.nn.Sequential(*layers, last)

    def forward(self, logits: Tensor, y: Tensor) -> Tensor:
        features = self.examples.features(logits, y).to(next(self.parameters()).dtype)
        return F.log_softmax(self.mlp(features), 1)

    @property
    def made_with(self) -> dict[str, object]:
        return {"hidden": self.hidden, "example_input": True}


class SharedDistribution(Controller):
    """log π = log_softmax(α), the same for every example: an ablation."""

    def __init__(self, task: str, n_outputs: int, n_losses: int):
        super().__init__(task, n_outputs, n_losses)
        self.alpha = torch.nn.Parameter(torch.zeros(n_losses))

    def forward(self, logits: Tensor, y: Tensor) -> Tensor:
        return F.log_softmax(self.alpha, 0).expand(len(y), -1)

    @property
    def made_with(self) -> dict[str, object]:
        return {"hidden": [], "example_input": False}
