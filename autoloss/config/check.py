"""What holds between the entries of a configuration: names that exist, and settings that fit each other."""

from collections.abc import Iterable

from pydantic import ValidationError

from autoloss import registry
from autoloss.config.document import Document
from autoloss.config.schema import Config, Dataset, Experiment, Method
from autoloss.errors import UserError, unknown


def check(config: Config, document: Document) -> None:
    """Checks a configuration against itself.

    Args:
        config: at one scale.
        document: that it was built from, for the lines.

    Raises:
        UserError: a name that no section defines, or settings that contradict each other.
    """
    for dataset in config.datasets.values():
        where = _Where(document, "datasets", dataset.name)
        _check_dataset(dataset, where)
        _known("dataset", [dataset.stands_in_for], config.datasets, where["stands_in_for"])
    _check_stand_ins(config, document)
    for method in config.methods.values():
        _check_method(config, method, _Where(document, "methods", method.name))
    for name, experiment in config.experiments.items():
        _check_experiment(config, experiment, _Where(document, "experiments", name))


class _Where:
    """Where an entry stands, and its keys."""

    def __init__(self, document: Document, section: str, name: str):
        self.entry = document.sections[section][name]

    def __getitem__(self, key: str) -> str:
        node = self.entry.keys.get(key)
        return str(node.mark if node and not node.like else self.entry.mark)


def _known(kind: str, found: Iterable[str | None], defined: Iterable[str], where: str) -> None:
    known = list(defined)
    for name in found:
        if name is not None and name not in known:
            raise unknown(kind, name, known, where)


def _check_stand_ins(config: Config, document: Document) -> None:
    """The paper's numbers and claims about a dataset stand beside one of ours."""
    stand_ins: dict[str, str] = {}
    for name in config.used_datasets():
        if paper := config.datasets[name].stands_in_for:
            if paper in stand_ins:
                where = _Where(document, "datasets", name)["stands_in_for"]
                other = stand_ins[paper]
                raise UserError(
                    f"{where}: {other} and {name} both stand in for {paper}: expected one; set stands_in_for: null"
                )
            stand_ins[paper] = name


def _check_dataset(dataset: Dataset, where: _Where) -> None:
    tasks = registry.constant("datasets", dataset.use, "tasks", ("binary",))
    if dataset.task not in tasks:
        raise UserError(f"{where['task']}: format {dataset.use} supports {' and '.join(tasks)}, found {dataset.task}")
    if dataset.flip_positives and dataset.task != "binary":
        raise UserError(f"{where['flip_positives']}: needs task binary, task is {dataset.task}")
    if dataset.source == "synthetic" and dataset.rows is None:
        raise UserError(f"{where['rows']}: source synthetic needs rows, the number of rows to generate")


def _check_method(config: Config, method: Method, where: _Where) -> None:
    _known("loss", method.losses, config.losses, where["losses"])
    _check_tune(method, where["tune"])
    teacher = method.controller_from
    if teacher is None:
        return
    _known("method", [teacher], config.methods, where["controller_from"])
    if not _has_controller(config.methods[teacher].use):
        raise UserError(f"{where['controller_from']}: method {teacher} has no controller")
    if not (_has_controller(method.use) or registry.defines("methods", method.use, "load_controller")):
        raise UserError(f"{where['controller_from']}: {method.use} cannot use a controller")


def _check_tune(method: Method, where: str) -> None:
    """Both ends of each range are values that the method takes."""
    schema = registry.hyperparameters("methods", method.use)
    for key, bounds in method.tune.items():
        if key not in schema.model_fields:
            raise unknown(f"parameter of {method.use}", key, tuple(schema.model_fields), where)
        for bound in bounds:
            try:
                schema.model_validate({**method.params, key: bound}, strict=True)
            except ValidationError as error:
                reason = error.errors()[0]["msg"].removeprefix("Input ")
                raise UserError(f"{where}: {key}: {reason}, found {bound}") from None


def _has_controller(use: str) -> bool:
    return registry.constant("methods", use, "transferable", False)


def _check_experiment(config: Config, experiment: Experiment, where: _Where) -> None:
    _known("dataset", experiment.datasets, config.datasets, where["datasets"])
    _known("dataset", [experiment.source_dataset], config.datasets, where["source_dataset"])
    _known("model", experiment.models, config.models, where["models"])
    _known("model", [experiment.source_model], config.models, where["source_model"])
    _known("method", experiment.methods, config.methods, where["methods"])
    _known("training", [experiment.training], config.training, where["training"])
    has_source = bool(experiment.source_dataset or experiment.source_model)
    if (experiment.kind == "transfer") != has_source:
        raise UserError(
            f"{where['kind']}: kind: transfer needs source_dataset or source_model, and no other kind takes them"
        )
    if has_source:
        _check_transfer(config, experiment, where["methods"])
    for method in experiment.methods:
        for dataset in experiment.datasets:
            _check_task(config, config.methods[method], config.datasets[dataset], where["methods"])


def _check_transfer(config: Config, experiment: Experiment, where: str) -> None:
    """The source's controller goes somewhere, and is not replaced by that of another method."""
    taking = [config.methods[name] for name in experiment.methods if _has_controller(config.methods[name].use)]
    if not taking:
        raise UserError(f"{where}: none has a controller to transfer, found {', '.join(experiment.methods)}")
    for method in taking:
        if method.controller_from:
            raise UserError(
                f"{where}: {method.name} takes its controller from {method.controller_from}, not the source"
            )


def _check_task(config: Config, method: Method, dataset: Dataset, where: str) -> None:
    for loss in method.losses:
        tasks = registry.constant("losses", config.losses[loss].use, "tasks", ("binary", "multiclass"))
        if dataset.task not in tasks:
            raise UserError(
                f"{where}: method '{method.name}' on dataset '{dataset.name}': "
                f"loss '{loss}' is for {' and '.join(tasks)}, the dataset's task is {dataset.task}"
            )
