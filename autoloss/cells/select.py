"""A part of a configuration: the cells of some datasets, methods, models or experiments, and what those need."""

from collections.abc import Sequence
from dataclasses import dataclass

from autoloss.config import Config, Experiment
from autoloss.errors import unknown


@dataclass(frozen=True)
class Wanted:
    """Names in params.yaml; an empty list wants them all.

    Attributes:
        experiments, datasets, models, methods: whose cells are wanted.
    """

    experiments: Sequence[str] = ()
    datasets: Sequence[str] = ()
    models: Sequence[str] = ()
    methods: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.experiments or self.datasets or self.models or self.methods)


def narrowed(config: Config, wanted: Wanted) -> Config:
    """The configuration with the wanted cells only. The cells that these build on come with them.

    Raises:
        UserError: a name that params.yaml does not have.
    """
    for kind in ("experiments", "datasets", "models", "methods"):
        for name in getattr(wanted, kind):
            if name not in getattr(config, kind):
                raise unknown(kind.removesuffix("s"), name, tuple(getattr(config, kind)), f"params.yaml: {kind}")
    kept = {
        name: _narrowed(experiment, wanted)
        for name, experiment in config.experiments.items()
        if not wanted.experiments or name in wanted.experiments
    }
    there = {name: each for name, each in kept.items() if each.datasets and each.models and each.methods}
    return config.model_copy(update={"experiments": there})


def _narrowed(experiment: Experiment, wanted: Wanted) -> Experiment:
    kinds = ("datasets", "models", "methods")
    return experiment.model_copy(
        update={
            kind: tuple(name for name in getattr(experiment, kind) if name in (getattr(wanted, kind) or (name,)))
            for kind in kinds
        }
    )
