"""Makes cells from names in params.yaml. Reads the facts of the encoded data and source code; no torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from autoloss import registry
from autoloss.cells.cell import Cell
from autoloss.cells.record import Kind
from autoloss.config import Config, Entry, Experiment, Method, Training
from autoloss.data import facts
from autoloss.data.facts import Facts
from autoloss.training.spec import DataIdentity, PlugIn, Settings, Spec, Tuning

SEARCH_SEED = 0  # searches and tuning are done once for all seeds


class Names(NamedTuple):
    """Names in params.yaml that decide a training run, besides its seed."""

    dataset: str
    model: str
    method: str
    training: str


class Maker:
    """Makes cells, and reads the facts of each dataset once.

    Args:
        config: whose methods, models and datasets the names stand for.
        root: the project's folder.
        known: facts of datasets that need not be read.
    """

    def __init__(self, config: Config, root: Path, known: Mapping[str, Facts]):
        self.config, self.root = config, root
        self.data = {name: DataIdentity.of(found) for name, found in known.items()}

    def cell(self, experiment: Experiment, names: Names, seed: int, hardware: str | None = None) -> Cell:
        """A cell of an experiment, with those that it builds on; `hardware` is where a timing is measured."""
        if experiment.kind == "timing":
            return self._cell("timing", names, seed, self._upstream(names, seed), hardware)
        return self._cell("train", names, seed, self._upstream(names, seed, self._source(experiment, names)))

    def _source(self, experiment: Experiment, names: Names) -> Names | None:
        """Where a transferred controller was learned; None for a method without one, which trains as always."""
        if experiment.kind != "transfer" or not self._says(names.method, "transferable"):
            return None
        dataset, model = experiment.source_dataset or names.dataset, experiment.source_model or names.model
        return names._replace(dataset=dataset, model=model)

    def _upstream(self, names: Names, seed: int, source: Names | None = None) -> dict[str, Cell]:
        """The cells before a training run, by role: a controller, a search for weights, one for the learning rate.

        Args:
            names, seed: of the training run.
            source: whose controller it takes.
        """
        if teacher := self.config.methods[names.method].controller_from:
            source = names._replace(method=teacher)
        once = self._controller(source, SEARCH_SEED)
        if self._says(names.method, "searches"):
            once = {**once, "search": self._cell("search", names, SEARCH_SEED, once)}
        if self.config.training[names.training].tuning:
            once = {**once, "tune": self._cell("tune", names, SEARCH_SEED, once)}
        return {**once, **self._controller(source, seed)}

    def _controller(self, source: Names | None, seed: int) -> dict[str, Cell]:
        return {"controller": self._cell("train", source, seed, self._upstream(source, seed))} if source else {}

    def _says(self, method: str, attribute: str) -> bool:
        return bool(registry.constant("methods", self.config.methods[method].use, attribute, False))

    def _cell(
        self, kind: Kind, names: Names, seed: int, upstream: dict[str, Cell], hardware: str | None = None
    ) -> Cell:
        rule, training = self.config.methods[names.method], self.config.training[names.training]
        spec = Spec(
            data=self._data(names.dataset),
            model=_resolved("models", self.config.models[names.model]),
            method=_resolved("methods", rule),
            losses={name: _resolved("losses", self.config.losses[name]) for name in rule.losses},
            training=_settings(training),
            keep_model=kind == "train" and _keeps_model(training, seed),
            tuning=_tuning(training, rule) if kind == "tune" else None,
            threads=self.config.threads if hardware else None,
        )
        return Cell(kind, self.config.scale, *names, seed, spec, upstream, hardware)

    def _data(self, name: str) -> DataIdentity:
        if name not in self.data:
            known = facts.read(self.root / "data" / "encoded" / self.config.scale / name)
            self.data[name] = DataIdentity.of(known)
        return self.data[name]


def _resolved(kind: str, entry: Entry) -> PlugIn:
    """The plug-in and all its parameters, defaults included."""
    params = registry.hyperparameters(kind, entry.use).model_validate(entry.params).model_dump(mode="json")
    return PlugIn(entry.use, params)


def _settings(training: Training) -> Settings:
    return Settings(
        batch_size=training.batch_size,
        epochs=training.epochs,
        learning_rate=training.learning_rate,
        weight_decay=training.weight_decay,
        evaluations_per_epoch=training.evaluations_per_epoch,
        patience=training.patience,
        split_validation=training.split_validation,
    )


def _keeps_model(training: Training, seed: int) -> bool:
    return training.keep_model == "all" or (training.keep_model == "first seed" and seed == 0)


def _tuning(training: Training, method: Method) -> Tuning | None:
    if training.tuning is None:
        return None
    bounds = training.tuning.model_dump()
    return Tuning(bounds.pop("trials"), bounds, method.tune)
