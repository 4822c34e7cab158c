"""How an example looks to a controller, and where it lies in the controller's picture: label and prediction."""

import torch
import torch.nn.functional as F
from torch import Tensor

DECAY = 0.99
WIDTH = 6.0  # standard deviations of the label that the picture's axis spans, for regression
LABEL_STEPS = (-2, -1, 0, 1, 2)  # labels in a regression picture, in standard deviations from the mean


class Examples(torch.nn.Module):
    """Examples (logits, y) as controller input, and as cells of a picture, label × predicted probability.

    binary: input (label, predicted probability of 1).
    multiclass: input (one-hot label, predicted probabilities); the picture's axis is the probability of the label.
    regression: input (label, prediction), both in running standard deviations from the running mean of the label;
    the picture's axis runs from 3 standard deviations below the mean to 3 above.

    Args:
        task: "binary", "multiclass" or "regression".
        n_outputs: as in `Method`.
    """

    def __init__(self, task: str, n_outputs: int):
        super().__init__()
        self.task, self.n_outputs = task, n_outputs
        self.width = 2 * n_outputs
        self.n_labels = {"binary": 2, "multiclass": n_outputs, "regression": len(LABEL_STEPS)}[task]
        if task == "regression":
            self.register_buffer("mean", torch.zeros(()))
            self.register_buffer("square", torch.ones(()))
            self.register_buffer("batches", torch.zeros(()))

    def observe(self, y: Tensor) -> None:
        """Takes a batch of labels into the running mean and standard deviation; does nothing for classes."""
        if self.task == "regression":
            decay = torch.where(self.batches > 0, DECAY, 0.0)
            self.mean.mul_(decay).add_((1 - decay) * y.mean())
            self.square.mul_(decay).add_((1 - decay) * y.square().mean())
            self.batches.add_(1)

    def features(self, logits: Tensor, y: Tensor) -> Tensor:
        """[B, 2·n_outputs] what the controller sees, detached."""
        logits = logits.detach()
        if self.task == "multiclass":
            return torch.cat([F.one_hot(y.long(), self.n_outputs).to(logits.dtype), logits.softmax(1)], 1)
        if self.task == "regression":
            return torch.stack([self._standard(y.to(logits.dtype)), self._standard(logits)], 1)
        return torch.stack([y.to(logits.dtype), logits.sigmoid()], 1)

    def place(self, logits: Tensor, y: Tensor, bins: int) -> Tensor:
        """[B] the cell of each example in a flattened [n_labels, bins] picture."""
        if self.task == "multiclass":
            label, p = y.long(), logits.softmax(1).gather(1, y.long()[:, None]).squeeze(1)
        elif self.task == "regression":
            label = self._standard(y).round().clamp(LABEL_STEPS[0], LABEL_STEPS[-1]).long() - LABEL_STEPS[0]
            p = self._standard(logits) / WIDTH + 0.5
        else:
            label, p = y.long(), logits.sigmoid()
        return label * bins + (p * bins).long().clamp(0, bins - 1)

    def points(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """Examples at every (label, p in `grid`), label by label: logits [n_labels·G(, C)] and y [n_labels·G].

        Multiclass: the probability that the label does not get is spread evenly over the other classes.
        """
        p = grid.repeat(self.n_labels).clamp(1e-6, 1 - 1e-6)
        label = torch.arange(self.n_labels, device=grid.device).repeat_interleave(len(grid))
        if self.task == "multiclass":
            others = ((1 - p) / (self.n_outputs - 1)).log()[:, None].expand(-1, self.n_outputs)
            return others.scatter(1, label[:, None], p.log()[:, None]), label
        if self.task == "regression":
            return self._raw((p - 0.5) * WIDTH), self._raw((label + LABEL_STEPS[0]).to(p.dtype))
        return p.logit(), label.to(p.dtype)

    def labels(self) -> list[float]:
        """The labels of the picture's rows."""
        if self.task == "regression":
            return self._raw(torch.tensor(LABEL_STEPS, device=self.mean.device, dtype=self.mean.dtype)).tolist()
        return list(range(self.n_labels))

    def _deviation(self) -> Tensor:
        return (self.square - self.mean.square()).clamp_min(1e-12).sqrt()

    def _standard(self, values: Tensor) -> Tensor:
        return (values - self.mean) / self._deviation()

    def _raw(self, standard: Tensor) -> Tensor:
        return self.mean + self._deviation() * standard
