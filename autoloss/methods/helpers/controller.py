"""The controller network: (label, prediction) of an example → log-probabilities of the candidate losses."""

import torch
import torch.nn.functional as F
from torch import Tensor

from autoloss.methods.helpers.examples import Examples


class Controller(torch.nn.Module):
    """log π_i = log_softmax(MLP(label_i, prediction_i)), or log_softmax(α) for all examples without example input.

    The last layer starts at zero, so every candidate starts with the same probability.

    Args:
        task: "binary", "multiclass" or "regression".
        n_outputs: shape of the logits, as in `Method`.
        n_losses: K.
        hidden: widths of the hidden layers (ReLU).
        example_input: False gives one distribution for all examples.
    """

    def __init__(self, task: str, n_outputs: int, n_losses: int, hidden: tuple[int, ...], example_input: bool):
        super().__init__()
        self.examples = Examples(task, n_outputs)
        if not example_input:
            self.mlp, self.alpha = None, torch.nn.Parameter(torch.zeros(n_losses))
            return
        widths = (self.examples.width, *hidden)
        layers: list[torch.nn.Module] = []
        for narrow, wide in zip(widths, widths[1:], strict=False):
            layers += [torch.nn.Linear(narrow, wide), torch.nn.ReLU()]
        last = torch.nn.Linear(widths[-1], n_losses)
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
        self.mlp, self.alpha = torch.nn.Sequential(*layers, last), None

    def forward(self, logits: Tensor, y: Tensor) -> Tensor:
        """[B, K] log-probabilities; logits [B] or [B, C] (detached here), y [B]."""
        if self.mlp is None:
            return F.log_softmax(self.alpha, 0).expand(len(y), -1)
        features = self.examples.features(logits, y).to(self.mlp[-1].weight.dtype)
        return F.log_softmax(self.mlp(features), 1)
