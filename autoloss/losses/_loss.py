"""What every candidate loss is: a function of logits and labels that gives one value per example, no reduction."""

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor


class Prediction:
    """Logits with their labels, and the quantities that several losses need, computed once.

    Binary logits z are read as the two class logits (0, z), whose softmax is (1 - σ(z), σ(z)), so each loss is written
    once, for C classes.

    Args:
        logits: [B] for binary or regression, [B, C] for C classes.
        y: [B] labels: 0/1 for binary, class index for multiclass, the target for regression. A soft label is the
            probability of 1, or [B, C] probabilities; only a loss with `soft_labels` takes them.
    """

    def __init__(self, logits: Tensor, y: Tensor):
        self.logits, self.y = logits, y

    @cached_property
    def classes(self) -> Tensor:
        """[B] the label as a class index."""
        return self.y.long()

    @cached_property
    def class_logits(self) -> Tensor:
        """[B, C] (C = 2 for binary)."""
        return self.logits if self.logits.dim() == 2 else torch.stack([torch.zeros_like(self.logits), self.logits], 1)

    @cached_property
    def log_probs(self) -> Tensor:
        """[B, C] log of the predicted class probabilities."""
        if self.logits.dim() == 2:
            return F.log_softmax(self.logits, 1)
        return torch.stack([F.logsigmoid(-self.logits), F.logsigmoid(self.logits)], 1)

    @cached_property
    def log_prob_true(self) -> Tensor:
        """[B] log of the probability given to the true class; for a soft label q, Σ_c q_c log p_c."""
        if self.y.dim() == 2:
            return (self.y * self.log_probs).sum(1)
        if self.logits.dim() == 1:
            return torch.lerp(self.log_probs[:, 0], self.log_probs[:, 1], self.y.to(self.logits.dtype))
        return self.log_probs.gather(1, self.classes[:, None]).squeeze(1)


class Loss:
    """A candidate loss. A subclass defines `per_example`.

    Attributes:
        tasks: that it can be used for.
        soft_labels: whether labels may be probabilities.
        outer_objective: whether it is the objective on validation data: cross-entropy, squared error for regression.
    """

    tasks: tuple[str, ...] = ("binary", "multiclass")
    soft_labels: bool = False
    outer_objective: bool = False

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        raise TypeError(f"{type(self).__name__} does not define per_example")

    def __call__(self, logits: Tensor, y: Tensor) -> Tensor:
        """[B] the loss of each example; `logits` and `y` as in `Prediction`."""
        return self.per_example(Prediction(logits, y))


CandidateLoss = Loss | Callable[[Tensor, Tensor], Tensor]


def stack(losses: Sequence[CandidateLoss], logits: Tensor, y: Tensor) -> Tensor:
    """[B, K] all candidate losses of each example; subclasses of `Loss` share one log-softmax."""
    prediction = Prediction(logits, y)
    return torch.stack(
        [loss.per_example(prediction) if isinstance(loss, Loss) else loss(logits, y) for loss in losses], 1
    )
