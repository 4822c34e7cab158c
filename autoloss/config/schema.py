"""The objects that params.yaml is validated into: immutable, and closed to keys that they do not know."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from autoloss.config.frozen import Frozen
from autoloss.config.seeds import Adaptive, Seeds
from autoloss.ranges import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Probability


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"{', '.join(twice)} is listed twice")
    return names


def _ordered(bounds: tuple[int | float, int | float]) -> tuple[int | float, int | float]:
    low, high = bounds
    whole = isinstance(low, int) and isinstance(high, int)
    if not low < high or not (whole or low > 0):
        expected = "[low, high] with low < high, and low > 0 unless both are integers"
        raise ValueError(f"expected {expected}; found {list(bounds)}")
    return bounds


Names: TypeAlias = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_unique)]
Bounds: TypeAlias = Annotated[tuple[int | float, int | float], AfterValidator(_ordered)]  # of a search


class Entry(Frozen):
    """A named loss, model or method: the plug-in file it uses, and the parameters it is made with."""

    name: str
    use: str
    params: dict[str, Any] = {}


class Method(Entry):
    """A column of the tables: a rule, the candidate losses it chooses among, and where it differs from its rule."""

    losses: Names
    controller_from: str | None = None  # starts from what that method learned on the same dataset, model and seed
    tune: dict[str, Bounds] = {}  # what a training with `tuning` searches beside its own settings


class Dataset(Entry):
    """A row of the tables: a raw format (`use`), where its rows come from, and how they are encoded."""

    task: Literal["binary", "multiclass", "regression"]
    n_classes: Annotated[int, Field(ge=2)] | None = None
    source: str = "synthetic"  # remote | synthetic | a path
    rows: Annotated[int, Field(ge=10)] | None = None
    threshold: NonNegativeInt = 0
    vocabulary: Literal["all", "train"] = "all"
    split: Literal["random", "published"] = "random"
    split_seed: NonNegativeInt = 0
    max_bad_rows: NonNegativeInt = 0
    synthetic_seed: NonNegativeInt = 0
    flip_positives: Probability = 0.0
    stands_in_for: str | None = None  # the paper's dataset, whose numbers and claims are shown beside this one's

    @model_validator(mode="after")
    def _keys_match(self) -> "Dataset":
        if (self.n_classes is None) == (self.task == "multiclass"):
            raise ValueError(f"n_classes is for task multiclass and required there; task is {self.task}")
        if self.source == "planted":
            raise ValueError("source planted was renamed to synthetic (a file of this name: ./planted)")
        return self


class Tuning(Frozen):
    """The search that every method gets: as many trials each, the first with the plain values; validation decides."""

    trials: Annotated[int, Field(ge=2)]
    learning_rate: Bounds
    weight_decay: Bounds


class Training(Frozen):
    """How a model is trained."""

    batch_size: PositiveInt = 2000
    epochs: PositiveInt = 10
    learning_rate: PositiveFloat = 1e-3
    weight_decay: NonNegativeFloat = 1e-6
    evaluations_per_epoch: PositiveInt = 4
    patience: PositiveInt = 8
    split_validation: bool = False
    keep_model: Literal["none", "first seed", "all"] = "none"
    tuning: Tuning | None = None


class Experiment(Frozen):
    """A list of cells: every method × model × dataset × seed, or a transfer of controllers, or a timing."""

    kind: Literal["grid", "transfer", "timing"] = "grid"
    datasets: Names
    models: Names
    methods: Names
    source_dataset: str | None = None
    source_model: str | None = None
    training: str = "paper"
    seeds: Seeds | None = None

    @model_validator(mode="after")
    def _times_are_not_decided(self) -> "Experiment":
        if self.kind == "timing" and isinstance(self.seeds, Adaptive):
            raise ValueError("kind: timing compares no test metrics, its seeds are a number")
        return self


class Settings(Frozen):
    """The top-level values of params.yaml."""

    scale: Literal["demo", "small", "full"] = "demo"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    gpu_slots: PositiveInt = 1
    threads: PositiveInt = 1
    seeds: Seeds = 3
    cells_per_job: PositiveInt = 1


class Config(Settings):
    """All of params.yaml at one scale."""

    datasets: dict[str, Dataset]
    losses: dict[str, Entry]
    models: dict[str, Entry]
    methods: dict[str, Method]
    training: dict[str, Training]
    experiments: dict[str, Experiment]

    def bounds(self, experiment: str) -> tuple[int, int]:
        """How many seeds a method of an experiment has at least, and at most."""
        looks = self.looks(experiment)
        first = self._seeds(experiment)
        least = first.at_least if isinstance(first, Adaptive) else first
        return least, looks[-1] if looks else least

    def with_bounds(self, *, most: bool) -> "Config":
        """The same with the fewest or the most seeds in every experiment, as a number."""
        fixed = {n: e.model_copy(update={"seeds": self.bounds(n)[most]}) for n, e in self.experiments.items()}
        return self.model_copy(update={"experiments": fixed})

    @property
    def adaptive(self) -> bool:
        """Whether an experiment adds seeds until its comparisons are decided."""
        return any(map(self.looks, self.experiments))

    def looks(self, experiment: str) -> tuple[int, ...]:
        """The numbers of seeds at which an experiment's comparisons are judged; empty where seeds are a number.

        A timing has no verdict that more seeds decide: it keeps to `at_least`.
        """
        seeds, timing = self._seeds(experiment), self.experiments[experiment].kind == "timing"
        return seeds.looks if isinstance(seeds, Adaptive) and not timing else ()

    def _seeds(self, experiment: str) -> int | Adaptive:
        return self.experiments[experiment].seeds or self.seeds

    def used_datasets(self) -> tuple[str, ...]:
        """The datasets that an experiment at this scale needs, in the order of params.yaml."""
        used = {d for e in self.experiments.values() for d in (*e.datasets, e.source_dataset)}
        return tuple(name for name in self.datasets if name in used)
