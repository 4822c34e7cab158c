"""The objects that params.yaml is validated into: immutable, and closed to keys that they do not know."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Frozen(BaseModel):
    """Immutable, and closed to keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(Frozen):
    """A named loss, model or method: the plug-in file it uses, and the parameters it is made with."""

    name: str
    use: str
    params: dict[str, Any] = {}


class Method(Entry):
    """A column of the tables: a rule, the candidate losses it chooses among, and where it differs from its rule."""

    losses: tuple[str, ...] = Field(min_length=1)
    controller_from: str | None = None  # takes what that method has learned on the same dataset, model and seed


class Dataset(Entry):
    """A row of the tables: a raw format (`use`), where its rows come from, and how they are encoded."""

    task: Literal["binary", "multiclass", "regression"]
    n_classes: int | None = Field(default=None, ge=2)
    source: str = "synthetic"  # remote | synthetic | a path
    rows: int | None = Field(default=None, ge=10)
    threshold: int = Field(default=0, ge=0)
    vocabulary: Literal["all", "train"] = "all"
    split: Literal["random", "published"] = "random"
    split_seed: int = 0
    max_bad_rows: int = Field(default=0, ge=0)
    synthetic_seed: int = 0
    flip_positives: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _classes_match_task(self) -> "Dataset":
        if (self.n_classes is None) == (self.task == "multiclass"):
            raise ValueError(f"n_classes goes with task multiclass and only with it, task is {self.task}")
        return self


class Tuning(Frozen):
    """The search that every method gets alike: all pairs are trained, the best on validation is kept."""

    learning_rates: tuple[float, ...] = Field(min_length=1)
    weight_decays: tuple[float, ...] = Field(min_length=1)


class Training(Frozen):
    """How a model is trained."""

    batch_size: int = Field(default=2000, ge=1)
    epochs: int = Field(default=10, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-6, ge=0)
    evaluations_per_epoch: int = Field(default=4, ge=1)
    patience: int = Field(default=8, ge=1)
    split_validation: bool = False
    keep_model: Literal["none", "first seed", "all"] = "none"
    tuning: Tuning | None = None


class Experiment(Frozen):
    """A list of cells: every method × model × dataset × seed, or a transfer of controllers, or a timing."""

    kind: Literal["grid", "transfer", "timing"] = "grid"
    datasets: tuple[str, ...] = Field(min_length=1)
    models: tuple[str, ...] = Field(min_length=1)
    methods: tuple[str, ...] = Field(min_length=1)
    source_dataset: str | None = None
    source_model: str | None = None
    training: str = "paper"
    seeds: int | None = Field(default=None, ge=1)


class Config(Frozen):
    """All of params.yaml at one scale."""

    scale: Literal["demo", "small", "full"]
    device: Literal["auto", "cpu", "cuda"] = "auto"
    gpu_slots: int = Field(default=1, ge=1)
    threads: int = Field(default=1, ge=1)
    seeds: int = Field(default=3, ge=1)
    cells_per_job: int = Field(default=1, ge=1)
    datasets: dict[str, Dataset]
    losses: dict[str, Entry]
    models: dict[str, Entry]
    methods: dict[str, Method]
    training: dict[str, Training]
    experiments: dict[str, Experiment]

    def used_datasets(self) -> tuple[str, ...]:
        """The datasets that an experiment at this scale needs, in the order of params.yaml."""
        used = {d for e in self.experiments.values() for d in (*e.datasets, e.source_dataset)}
        return tuple(name for name in self.datasets if name in used)
