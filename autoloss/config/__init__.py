"""params.yaml → frozen, validated objects. An unknown key or name is one clear line with the nearest valid one."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from autoloss import registry
from autoloss.config.schema import Config, Dataset, Entry, Experiment, Method, Training, Tuning
from autoloss.errors import UserError, unknown

__all__ = ["PARAMS", "SCALES", "Config", "Dataset", "Entry", "Experiment", "Method", "Training", "Tuning", "load"]
T = TypeVar("T", bound=BaseModel)
PARAMS = Path("params.yaml")
SCALES = ("demo", "small", "full")


def load(path: Path = PARAMS, scale: str | None = None) -> Config:
    """Reads and validates params.yaml.

    Args:
        path: the file.
        scale: overrides the file's own `scale`.

    Raises:
        UserError: with the file, the key, what was found and what was expected.
    """
    raw = _read(path)
    scale = scale or raw.get("scale", "demo")
    if scale not in SCALES:
        raise unknown("scale", str(scale), SCALES, f"{path}: scale")
    overlays = raw.pop("scales", None) or {}
    for name in overlays:
        if name not in SCALES:
            raise unknown("scale", str(name), SCALES, f"{path}: scales")
    merged = {**_merge(raw, overlays.get(scale) or {}), "scale": scale}
    for kind, model in (("datasets", Dataset), ("losses", Entry), ("models", Entry), ("methods", Method)):
        merged[kind] = {
            n: _entry(kind, n, v, model, f"{path}: {kind}.{n}") for n, v in _section(merged, kind, path).items()
        }
    config = _validate(Config, merged, str(path))
    _check_names(config, path)
    return config


def dataset(name: str, value: dict[str, Any], where: str) -> Dataset:
    """One entry of `datasets`, validated; `where` stands in front of what is wrong with it."""
    return _entry("datasets", name, value, Dataset, where)


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise UserError(f"{path}: expected a mapping of sections, found {type(raw).__name__}")
    return raw


def _merge(base: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    """`overlay` laid over `base`, mapping by mapping; a null in the overlay removes the key."""
    merged = dict(base)
    for key, value in overlay.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            merged[key] = _merge(base[key], value)
        else:
            merged[key] = value
    return merged


def _section(merged: dict[str, Any], kind: str, path: Path) -> dict[str, Any]:
    section = merged.get(kind) or {}
    if not isinstance(section, dict):
        raise UserError(f"{path}: {kind}: expected a mapping of names, found {type(section).__name__}")
    return section


def _entry(kind: str, name: str, value: Any, model: type[Entry], where: str) -> Entry:
    """Splits what params.yaml says of one plug-in into the project's keys and the plug-in's own."""
    value = {} if value is None else value
    if not isinstance(value, dict):
        raise UserError(f"{where}: expected a mapping of parameters, found {value!r}")
    use = value.get("use", name)
    if use not in registry.names(kind):
        raise unknown(f"file in autoloss/{kind}", str(use), registry.names(kind), where)
    ours = {k: v for k, v in value.items() if k in model.model_fields and k not in ("name", "params")}
    theirs = {k: v for k, v in value.items() if k not in ours}
    schema = registry.hyperparameters(kind, use)
    known = [*schema.model_fields, *(set(model.model_fields) - {"name", "params"})]
    for key in theirs:
        if key not in schema.model_fields:
            raise unknown("key", str(key), known, where)
    params = _validate(schema, theirs, where).model_dump()
    return _validate(model, {**ours, "name": name, "use": use, "params": params}, where)


def _validate(model: type[T], values: dict[str, Any], where: str) -> T:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = _known_keys(model, first["loc"][:-1])
            raise unknown("key", str(first["loc"][-1]), known, f"{where}: {place}") from None
        found = "" if first["type"] == "missing" else f", found {first['input']!r}"
        message = first["msg"].removeprefix("Value error, ")
        raise UserError(f"{where}: {place}: {message[0].lower()}{message[1:]}{found}") from None


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys that the object at `path` inside `model` may have."""
    for part in path:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return []
        annotation = model.model_fields[part].annotation if part in model.model_fields else model
        # a dict[str, X] or X | None leads on to X
        inner = [
            a
            for a in (*getattr(annotation, "__args__", ()), annotation)
            if isinstance(a, type) and issubclass(a, BaseModel)
        ]
        model = inner[0] if inner else annotation
    return list(getattr(model, "model_fields", {}))


def _check_names(config: Config, path: Path) -> None:
    """Every name that one section uses is one that another defines."""

    def check(kind: str, found: str | None, known: dict[str, Any], where: str) -> None:
        if found is not None and found not in known:
            raise unknown(kind, found, list(known), f"{path}: {where}")

    for name, method in config.methods.items():
        for loss in method.losses:
            check("loss", loss, config.losses, f"methods.{name}.losses")
        check("method", method.controller_from, config.methods, f"methods.{name}.controller_from")
    for name, experiment in config.experiments.items():
        where = f"experiments.{name}"
        for dataset in (*experiment.datasets, experiment.source_dataset):
            check("dataset", dataset, config.datasets, where)
        for model in (*experiment.models, experiment.source_model):
            check("model", model, config.models, where)
        for method in experiment.methods:
            check("method", method, config.methods, where)
            for dataset in experiment.datasets:
                _check_tasks(config, config.methods[method], config.datasets[dataset], f"{path}: {where}")
        check("training", experiment.training, config.training, where)
        if (experiment.kind == "transfer") == (experiment.source_dataset is experiment.source_model is None):
            raise UserError(f"{path}: {where}: source_dataset or source_model go with kind: transfer, and only with it")


def _check_tasks(config: Config, method: Method, dataset: Dataset, where: str) -> None:
    for loss in method.losses:
        tasks = registry.constant("losses", config.losses[loss].use, "tasks", ("binary", "multiclass"))
        if dataset.task not in tasks:
            raise UserError(
                f"{where}: method '{method.name}' on dataset '{dataset.name}': "
                f"loss '{loss}' is for {' and '.join(tasks)}, the dataset's task is {dataset.task}"
            )
