"""How a controller sees an example: its label and its prediction, as network input and as a cell of a table."""

from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor

DECAY = 0.99
WIDTH = 6.0  # standard deviations of the label that the prediction axis spans, for regression
LABEL_STEPS = (-2, -1, 0, 1, 2)  # labels of a regression's rows, in standard deviations from the mean


def examples_of(task: str, n_outputs: int) -> "Examples":
    """The view of examples that fits a task.

    Args:
        task: "binary", "multiclass" or "regression".
        n_outputs: as in `Method`.
    """
    if task == "multiclass":
        return ClassExamples(n_outputs)
    return NumberExamples() if task == "regression" else BinaryExamples()


class Examples(torch.nn.Module, ABC):
    """Examples (logits, y) as controller input, and as cells of a table with a row per label.

    Attributes:
        width: of the controller's input.
        n_labels: rows of the table.
    """

    width: int
    n_labels: int

    def observe(self, y: Tensor) -> None:
        """Updates running statistics with a batch of labels; only regression has any."""

    @abstractmethod
    def features(self, logits: Tensor, y: Tensor) -> Tensor:
        """[B, width] the controller's input, detached."""

    @abstractmethod
    def row_and_position(self, logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """[B] the row of each example, and [B] its place on the prediction axis, from 0 to 1."""

    @abstractmethod
    def points(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """Examples at every position in `grid` [G], row by row: logits [n_labels·G(, C)] and y [n_labels·G]."""

    @abstractmethod
    def labels(self) -> list[float]:
        """The label of each row."""

    def cell(self, logits: Tensor, y: Tensor, bins: int) -> Tensor:
        """[B] the cell of each example in a flattened [n_labels, bins] table."""
        row, position = self.row_and_position(logits, y)
        return row * bins + (position * bins).long().clamp(0, bins - 1)

    def _rows(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """[n_labels·G] the position and the row of each of `points`."""
        row = torch.arange(self.n_labels, device=grid.device).repeat_interleave(len(grid))
        return grid.repeat(self.n_labels).clamp(1e-6, 1 - 1e-6), row


class BinaryExamples(Examples):
    """Input: the label and the predicted probability of 1, which is also the axis.

    In a table, a soft label counts as the nearer whole one.
    """

    width, n_labels = 2, 2

    def features(self, logits: Tensor, y: Tensor) -> Tensor:
        logits = logits.detach()
        return torch.stack([y.to(logits.dtype), logits.sigmoid()], 1)

    def row_and_position(self, logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return (y > 0.5).long(), logits.sigmoid()

    def points(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        position, row = self._rows(grid)
        return position.logit(), row.to(position.dtype)

    def labels(self) -> list[float]:
        return [0, 1]


class ClassExamples(Examples):
    """Input: the one-hot (or soft) label and the predicted probabilities; the axis is the probability of the label.

    Args:
        n_classes: C.
    """

    def __init__(self, n_classes: int):
        super().__init__()
        self.width, self.n_labels = 2 * n_classes, n_classes

    def features(self, logits: Tensor, y: Tensor) -> Tensor:
        logits = logits.detach()
        labels = y if y.dim() == 2 else F.one_hot(y.long(), self.n_labels)
        return torch.cat([labels.to(logits.dtype), logits.softmax(1)], 1)

    def row_and_position(self, logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        label = y.argmax(1) if y.dim() == 2 else y.long()
        return label, logits.softmax(1).gather(1, label[:, None]).squeeze(1)

    def points(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """As in the base class; the other classes share the remaining probability evenly."""
        position, row = self._rows(grid)
        others = ((1 - position) / (self.n_labels - 1)).log()[:, None].expand(-1, self.n_labels)
        return others.scatter(1, row[:, None], position.log()[:, None]), row

    def labels(self) -> list[float]:
        return list(range(self.n_labels))


class NumberExamples(Examples):
    """Input: label and prediction, both in running standard deviations from the running mean of the label.

    The axis runs from 3 standard deviations below the mean to 3 above; the rows are `LABEL_STEPS`.
    """

    width, n_labels = 2, len(LABEL_STEPS)
    mean: Tensor
    variance: Tensor
    batches: Tensor

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("variance", torch.ones(()))
        self.register_buffer("batches", torch.zeros(()))

    def observe(self, y: Tensor) -> None:
        decay = torch.where(self.batches > 0, DECAY, 0.0)
        mean = y.mean()
        # of the running mixture of batches; E[y²] - E[y]² would lose a small deviation beside a large mean
        within, between = (y - mean).square().mean(), decay * (self.mean - mean).square()
        self.variance.mul_(decay).add_((1 - decay) * (within + between))
        self.mean.lerp_(mean.to(self.mean.dtype), 1 - decay)
        self.batches.add_(1)

    def features(self, logits: Tensor, y: Tensor) -> Tensor:
        logits = logits.detach()
        return torch.stack([self._standard(y.to(logits.dtype)), self._standard(logits)], 1)

    def row_and_position(self, logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        row = self._standard(y).round().clamp(LABEL_STEPS[0], LABEL_STEPS[-1]).long() - LABEL_STEPS[0]
        return row, self._standard(logits) / WIDTH + 0.5

    def points(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        position, row = self._rows(grid)
        return self._raw((position - 0.5) * WIDTH), self._raw((row + LABEL_STEPS[0]).to(position.dtype))

    def labels(self) -> list[float]:
        return self._raw(torch.tensor(LABEL_STEPS, device=self.mean.device, dtype=self.mean.dtype)).tolist()

    def _deviation(self) -> Tensor:
        return self.variance.clamp_min(1e-12).sqrt()

    def _standard(self, values: Tensor) -> Tensor:
        return (values - self.mean) / self._deviation()

    def _raw(self, standard: Tensor) -> Tensor:
        return self.mean + self._deviation() * standard
