"""params.yaml → frozen, validated objects. Whatever is wrong with it is one line: where, found, expected.

How a value is found: a mapping whose keys are the scales gives the value of the scale in force; `like: NAME` takes what
the entry does not say from another entry; the defaults come last.
"""

from pathlib import Path

from autoloss.config.build import build, experiment, plugin
from autoloss.config.check import check
from autoloss.config.document import Document, at_scale, document, idle_experiments
from autoloss.config.inert import check_inert
from autoloss.config.inherit import RawEntry
from autoloss.config.read import Mark, Plain, node, value
from autoloss.config.scales import SCALES
from autoloss.config.schema import Adaptive, Config, Dataset, Entry, Experiment, Method, Training, Tuning
from autoloss.errors import unknown

__all__ = [
    "PARAMS", "SCALES", "Adaptive", "Config", "Dataset", "Entry", "Experiment", "Method", "Training", "Tuning",
    "dataset", "load", "resolve", "value",
]  # fmt: skip
PARAMS = Path("params.yaml")


def load(path: Path = PARAMS, scale: str | None = None) -> Config:
    """Reads params.yaml, and checks its values for every scale.

    Args:
        path: the file.
        scale: overrides the file's own `scale`.

    Raises:
        UserError: with the file, the line, the key, what was found and what was expected.
    """
    return resolve(path, scale)[0]


def resolve(path: Path, scale: str | None = None) -> tuple[Config, Document]:
    """As `load`, and the document at the same scale: it knows where each value stands."""
    whole = document(path)
    chosen = scale or _scale(whole)
    if chosen not in SCALES:
        raise unknown("scale", chosen, SCALES, "scale")
    documents = {name: at_scale(whole, name) for name in sorted(SCALES, key=lambda name: name != chosen)}
    configs = {name: _config(whole, documents[name], name) for name in documents}
    check_inert(whole, configs)
    return configs[chosen], documents[chosen]


def dataset(name: str, values: dict[str, Plain], where: str) -> Dataset:
    """One entry of `datasets`, from values that no file says; `where` is their place in messages."""
    said: dict[str, Plain] = {"use": name, **values}
    keys = {key: node(item, Mark(Path(where), 0, (key,))) for key, item in said.items()}
    return plugin("datasets", name, RawEntry(Mark(Path(where), 0), keys), Dataset)


def _scale(whole: Document) -> str:
    node = whole.settings.get("scale")
    if node is None:
        return SCALES[0]
    if node.content not in SCALES:
        raise unknown("scale", str(node.plain), SCALES, str(node.mark))
    return str(node.content)


def _config(whole: Document, here: Document, scale: str) -> Config:
    config = build(here).model_copy(update={"scale": scale})
    check(config, here)
    for entry in idle_experiments(whole, scale).values():
        experiment(entry)
    return config
