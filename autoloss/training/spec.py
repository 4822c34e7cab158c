"""What decides a training run: everything that its job is given, besides the seed and the upstream cells."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from autoloss.data.facts import Facts

Task = Literal["binary", "multiclass", "regression"]
Bounds: TypeAlias = tuple[int | float, int | float]


@dataclass(frozen=True)
class PlugIn:
    """A loss, model or method.

    Attributes:
        use: its file, without the ending.
        params: every keyword argument of its class, defaults included.
    """

    use: str
    params: dict[str, Any]


@dataclass(frozen=True)
class DataIdentity:
    """Every fact of the encoded data that training reads.

    Attributes:
        name: the dataset's name in params.yaml.
        sha256: digest of the arrays of all splits.
        task: what the labels are. n_classes: for multiclass. n_outputs: logits per example.
        field_names, field_sizes: of the feature fields.
        rows_per_split: train, valid and test.
    """

    name: str
    sha256: str
    task: Task
    n_classes: int | None
    n_outputs: int
    field_names: tuple[str, ...]
    field_sizes: tuple[int, ...]
    rows_per_split: dict[str, int]

    @classmethod
    def of(cls, facts: Facts) -> "DataIdentity":
        """The identity of an encoded dataset."""
        return cls(
            facts.name, facts.sha256, facts.task, facts.n_classes, facts.n_outputs,
            facts.field_names, facts.field_sizes, facts.rows_per_split,
        )  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """How a model is trained: see `training` in params.yaml."""

    batch_size: int
    epochs: int
    learning_rate: float
    weight_decay: float
    evaluations_per_epoch: int
    patience: int
    split_validation: bool


@dataclass(frozen=True)
class Tuning:
    """A search on validation for settings of the training and of the method.

    Attributes:
        trials: training runs, the first with the settings as they stand.
        training, method: the lowest and the highest value of each setting.
    """

    trials: int
    training: dict[str, Bounds]
    method: dict[str, Bounds]


@dataclass(frozen=True)
class Spec:
    """The resolved parameters of one cell.

    Attributes:
        data: the encoded dataset.
        model, method: plug-ins.
        losses: the candidate losses by name, in order.
        training: the settings.
        keep_model: whether the trained model's weights are kept.
        tuning: for a cell that searches for settings.
        threads: of the process, where it is part of what is measured (timing cells).
    """

    data: DataIdentity
    model: PlugIn
    method: PlugIn
    losses: dict[str, PlugIn]
    training: Settings
    keep_model: bool = False
    tuning: Tuning | None = None
    threads: int | None = None
