"""What every metric is: how it is computed, which direction is better, and how it is shown."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

if TYPE_CHECKING:  # torch takes seconds to import, and the report needs none of it
    from torch import Tensor

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Outputs:
    """A model's outputs for one split, and the labels.

    Attributes:
        logits: float64 [N] (binary, regression) or [N, C] (C classes).
        y: [N] labels: 0/1, class index, or the target.
        task: binary, multiclass or regression.
    """

    logits: "Tensor"
    y: "Tensor"
    task: str
    _shared: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False)

    @cached_property
    def labels(self) -> "Tensor":
        """[N] int64 class indices."""
        return self.y.long()

    @cached_property
    def log_probabilities(self) -> "Tensor":
        """[N, C] of the classes (multiclass only)."""
        return self.logits.log_softmax(1)

    def shared(self, compute: Callable[["Outputs"], T]) -> T:
        """`compute(self)`, computed once for all metrics that need it."""
        if compute not in self._shared:
            self._shared[compute] = compute(self)
        return self._shared[compute]


class Metric(ABC):
    """A number that says how good a model's outputs are on a whole split.

    A metric is the class of that name in `autoloss/metrics/<name>.py`; no other file names it.

    Attributes:
        title: in a heading.
        phrase: within a sentence.
        tasks: those it is computed for.
        higher_is_better: its direction.
        decimals: digits shown after the point.
        decides: the metric of its tasks that stops training, ends searches and is tested first.
        headline: shown in the main tables.
        in_paper: the paper reports it, and stars it together with its other metrics.
        calibrated: computed from the logits after this map, fitted on validation: `affine`, `temperature`, or None.
    """

    title: ClassVar[str]
    phrase: ClassVar[str]
    tasks: ClassVar[Sequence[str]]
    higher_is_better: ClassVar[bool]
    decimals: ClassVar[int] = 4
    decides: ClassVar[bool] = False
    headline: ClassVar[bool] = False
    in_paper: ClassVar[bool] = False
    calibrated: ClassVar[str | None] = None

    @property
    def name(self) -> str:
        """The name of its file, under which results are stored."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def compute(self, outputs: Outputs) -> float:
        """The value, computed on the device of the outputs, whose logits are finite; NaN where it is undefined."""

    def optimum(self, truth: np.ndarray, y: np.ndarray) -> float | None:
        """The best value that any model can reach in expectation, or None if the truth does not give it.

        Args:
            truth: float64 [N] true probability of the positive class, [N, C] of the classes, or [N] true mean.
            y: [N] labels.
        """
        return None

    def influence(self, logits: np.ndarray, y: np.ndarray) -> np.ndarray | None:
        """Each row's influence on the metric, or None for a metric without one.

        To first order, the metric on other rows of the same population differs from this one by the mean of their
        influences; so its standard error is that of the influences' mean, with no resampling.

        Args:
            logits: [N] (binary, regression) or [N, C].
            y: [N] labels.

        Returns:
            [N] float64 with mean zero; NaN where the metric is undefined.
        """
        return None

    def better(self, a: float, b: float) -> bool:
        """Whether `a` is better than `b`."""
        return a > b if self.higher_is_better else a < b
