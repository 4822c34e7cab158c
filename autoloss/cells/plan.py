"""params.yaml → cells. Reads configuration, the encoded data's digests and source code; imports no torch."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from autoloss import registry
from autoloss.cells.cell import Cell, Kind
from autoloss.config import Config, Dataset, Entry, Experiment
from autoloss.data import facts

Names = tuple[str, str, str, str]  # dataset, model, method, training
SEARCH_SEED = 0  # searches and tuning are done once for all seeds


@dataclass(frozen=True)
class Plan:
    """All cells of a configuration: each once, and those of each experiment (without what is only upstream)."""

    cells: tuple[Cell, ...]
    experiments: dict[str, tuple[Cell, ...]]


def plan(config: Config, root: Path = Path("."), hardware: str | None = None) -> Plan:
    """The cells of `config`.

    Args:
        config: validated parameters.
        root: the project's folder; the encoded data are looked for in it.
        hardware: id of this machine: without it, timing experiments have no cells.

    Raises:
        UserError: encoded data that an experiment needs are not there.
    """
    maker = _Maker(config, root)
    experiments = {
        name: tuple(maker.cells(experiment, hardware))
        for name, experiment in config.experiments.items()
        if experiment.kind != "timing" or hardware
    }
    every: dict[str, Cell] = {}
    for cells in experiments.values():
        for cell in cells:
            _collect(cell, every)
    return Plan(tuple(every.values()), experiments)


def _collect(cell: Cell, into: dict[str, Cell]) -> None:
    for source in cell.upstream.values():
        _collect(source, into)
    into.setdefault(cell.id, cell)


class _Maker:
    """Makes cells, and reads each dataset's facts once."""

    def __init__(self, config: Config, root: Path):
        self.config, self.root = config, root
        self.data: dict[str, dict[str, Any]] = {}

    def cells(self, experiment: Experiment, hardware: str | None) -> list[Cell]:
        """The cells of an experiment, in the order of its lists."""
        make = {"grid": self.train, "transfer": self.transfer, "timing": self.timing}[experiment.kind]
        return [
            make(experiment, dataset, model, method, seed, hardware)
            for dataset in experiment.datasets
            for model in experiment.models
            for method in experiment.methods
            for seed in range(experiment.seeds or self.config.seeds)
        ]

    def train(self, experiment: Experiment, dataset: str, model: str, method: str, seed: int, _hardware: Any) -> Cell:
        names = (dataset, model, method, experiment.training)
        return self._cell("train", *names, seed, self._prepared(*names, seed))

    def timing(self, experiment: Experiment, dataset: str, model: str, method: str, seed: int, hardware: Any) -> Cell:
        names = (dataset, model, method, experiment.training)
        return self._cell("timing", *names, seed, self._prepared(*names, seed), hardware)

    def transfer(
        self, experiment: Experiment, dataset: str, model: str, method: str, seed: int, _hardware: Any
    ) -> Cell:
        """A method with a controller takes that of the source with the same seed; any other trains as always."""
        names = (dataset, model, method, experiment.training)
        if not registry.constant("methods", self.config.methods[method].use, "transferable", False):
            return self._cell("train", *names, seed, self._prepared(*names, seed))
        source = (experiment.source_dataset or dataset, experiment.source_model or model, method, experiment.training)
        return self._cell("train", *names, seed, self._prepared(*names, seed, source))

    def _prepared(
        self, dataset: str, model: str, method: str, training: str, seed: int, source: Names | None = None
    ) -> dict[str, Cell]:
        """What goes before a training, by role: a controller, a search for constant weights, one for the learning rate.

        Args:
            dataset, model, method, training, seed: of the training.
            source: (dataset, model, method, training) whose controller it takes.
        """
        names = (dataset, model, method, training)
        if teacher := self.config.methods[method].controller_from:
            source = (dataset, model, teacher, training)
        controller = partial(self._controller, source)
        once = controller(SEARCH_SEED)
        if registry.constant("methods", self.config.methods[method].use, "searches", False):
            once = {**once, "search": self._cell("search", *names, SEARCH_SEED, once)}
        if self.config.training[training].tuning:
            once = {**once, "tune": self._cell("tune", *names, SEARCH_SEED, once)}
        return {**once, **controller(seed)}

    def _controller(self, source: Names | None, seed: int) -> dict[str, Cell]:
        return {"controller": self._cell("train", *source, seed, self._prepared(*source, seed))} if source else {}

    def _cell(
        self,
        kind: Kind,
        dataset: str,
        model: str,
        method: str,
        training: str,
        seed: int,
        upstream: dict[str, Cell],
        hardware: str | None = None,
    ) -> Cell:
        rule = self.config.methods[method]
        settings = self.config.training[training].model_dump(mode="json")
        if kind != "tune":
            del settings["tuning"]
        keep = settings["keep_model"]
        settings["keep_model"] = kind == "train" and (keep == "all" or (keep == "first seed" and seed == 0))
        spec = {
            "data": self._data(self.config.datasets[dataset]),
            "model": _resolved("models", self.config.models[model]),
            "method": _resolved("methods", rule),
            "losses": {name: _resolved("losses", self.config.losses[name]) for name in rule.losses},
            "training": settings,
        }
        if hardware:
            spec["threads"] = self.config.threads
        return Cell(kind, self.config.scale, dataset, model, method, training, seed, spec, upstream, hardware)

    def _data(self, dataset: Dataset) -> dict[str, Any]:
        if dataset.name not in self.data:
            known = facts.read(self.root / "data" / "encoded" / self.config.scale / dataset.name)
            self.data[dataset.name] = {"name": dataset.name, "sha256": known.sha256}
        return self.data[dataset.name]


def _resolved(kind: str, entry: Entry) -> dict[str, Any]:
    """The plug-in and all its parameters, defaults included, as json knows them."""
    params = registry.hyperparameters(kind, entry.use).model_validate(entry.params).model_dump(mode="json")
    return {"use": entry.use, "params": params}
