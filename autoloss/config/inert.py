"""Settings that would have no effect are refused, so that nothing in params.yaml is silently ignored."""

from collections.abc import Mapping

from pydantic import BaseModel

from autoloss import registry
from autoloss.config.document import Document
from autoloss.config.schema import Config, Dataset, Entry

_SECTIONS = ("datasets", "losses", "models", "methods")


def check_inert(document: Document, configs: Mapping[str, Config]) -> None:
    """Refuses a value that differs from its default and acts at no scale.

    Args:
        document: all of the file.
        configs: what it means at each scale.

    Raises:
        UserError: with the line, and why the value does nothing.
    """
    for section in _SECTIONS:
        for name, entry in document.sections[section].items():
            found = [_inert(config, section, name) for config in configs.values()]
            for key, node in entry.keys.items():
                reasons = [reason for inert in found if (reason := inert.get(key))]
                if node.like is None and len(reasons) == len(found):
                    raise node.error(f"has no effect: {reasons[0]}")


def _inert(config: Config, section: str, name: str) -> dict[str, str]:
    """The keys of an entry that do nothing at the configuration's scale though they differ from their defaults."""
    entry = getattr(config, section)[name]
    schema = registry.hyperparameters(section, entry.use)
    conditions = registry.constant(section, entry.use, "unused_when", {})
    own = {
        key: f"{entry.use} does not use it when {condition}"
        for key, condition in conditions.items()
        if _holds(condition, entry) and entry.params[key] != schema.model_fields[key].default
    }
    return {**own, **_changed(entry, _without_effect_in_dataset(entry))} if isinstance(entry, Dataset) else own


def _holds(condition: str, entry: Entry) -> bool:
    """Whether a condition of a plug-in's `unused_when` holds; it may use the parameters and keys of the entry."""
    return bool(eval(condition, {}, {**entry.model_dump(exclude={"params"}), **entry.params}))


def _changed(made: BaseModel, reasons: dict[str, str]) -> dict[str, str]:
    fields = type(made).model_fields
    return {key: reason for key, reason in reasons.items() if getattr(made, key) != fields[key].default}


def _without_effect_in_dataset(dataset: Dataset) -> dict[str, str]:
    found = {}
    if dataset.source == "synthetic":
        found["max_bad_rows"] = "generated rows are never malformed"
    else:
        found["synthetic_seed"] = f"source is {dataset.source}, no rows are generated"
    if dataset.split == "published" and not dataset.flip_positives:
        found["split_seed"] = "the split is the published one"
    return found
