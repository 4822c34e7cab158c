"""What is to be predicted."""

from dataclasses import dataclass
from typing import Literal

from autoloss.config import Dataset


@dataclass(frozen=True)
class Target:
    """What is to be predicted.

    Attributes:
        task: binary, multiclass or regression.
        classes: number of classes; 2 for binary, 0 for regression.
    """

    task: Literal["binary", "multiclass", "regression"]
    classes: int

    @classmethod
    def of(cls, entry: Dataset) -> "Target":
        """The target of an entry of params.yaml."""
        return cls(entry.task, 2 if entry.task == "binary" else entry.n_classes or 0)
