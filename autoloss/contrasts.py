"""What is compared with what: the questions that an experiment of params.yaml asks, before anything is trained.

The plan adds seeds by them where params.yaml asks for that, and the report's tables and stars answer them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from autoloss import metrics, registry
from autoloss.config import Config, Experiment, Method
from autoloss.statistics import ALPHA

OURS = "autoloss"
ABLATION = "ablation"  # what the name of an ablation experiment begins with


@dataclass(frozen=True)
class Question:
    """Whether a method differs from each of its rivals, at one place.

    Attributes:
        experiment, training, dataset, model: where.
        method, rivals: names in params.yaml.
        levels: {metric: below which a p value answers it: alpha divided by the number of comparisons that are corrected
            together}.
        looks: the numbers of seeds at which it is asked; empty where they are not added until it is decided.
    """

    experiment: str
    training: str
    dataset: str
    model: str
    method: str
    rivals: tuple[str, ...]
    levels: dict[str, float]
    looks: tuple[int, ...] = ()


def questions(config: Config) -> list[Question]:
    """Those of all experiments: AutoLoss against its baselines, each ablation against the experiment's first method."""
    found = [q for name, experiment in config.experiments.items() for q in _questions(config, name, experiment)]
    together = Counter(_corrected_together(config, q, metric) for q in found for metric in q.levels)
    return [
        replace(q, levels={metric: ALPHA / together[_corrected_together(config, q, metric)] for metric in q.levels})
        for q in found
    ]


def _questions(config: Config, name: str, experiment: Experiment) -> Iterator[Question]:
    looks = config.looks(name)
    for dataset in experiment.datasets if experiment.kind != "timing" else ():
        for model in experiment.models:
            levels = dict.fromkeys(metrics.headline(config.datasets[dataset].task), ALPHA)
            for method, rivals in _contrasts(config, name):
                yield Question(name, experiment.training, dataset, model, method, rivals, levels, looks)


def _contrasts(config: Config, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Methods of an experiment, each with its rivals."""
    methods = config.experiments[name].methods
    if name in ablation_experiments(config):
        yield from ((method, methods[:1]) for method in methods[1:])
        return
    method = OURS if config.experiments[name].kind == "transfer" else ours(config, name)
    rivals = tuple(m for m in methods if m != method and not is_variant(config.methods[m]))
    if method in methods and rivals:
        yield method, rivals


def _corrected_together(config: Config, question: Question, metric: str) -> tuple[str, tuple[str, ...]]:
    """The table, and the metrics in it, whose p values are corrected together."""
    kind = config.experiments[question.experiment].kind
    ablation = question.experiment in ablation_experiments(config)
    return ABLATION if ablation else kind if kind == "transfer" else question.experiment, family(metric)


def family(metric: str) -> tuple[str, ...]:
    """The headline metrics that are corrected together with one: same tasks, in the paper or not, calibrated or not."""

    def kind(name: str) -> tuple[object, ...]:
        found = metrics.get(name)
        return tuple(found.tasks), found.calibrated, found.in_paper

    return tuple(name for name in metrics.headline() if kind(name) == kind(metric))


def ours(config: Config, name: str) -> str:
    """The method that an experiment is about: AutoLoss, or the first that uses it (as for regression)."""
    experiment = config.experiments[name]
    using = [m for m in experiment.methods if config.methods[m].use == OURS]
    return OURS if OURS in experiment.methods or not using else using[0]


def is_variant(method: Method) -> bool:
    """Whether a method is AutoLoss with other settings, or says that it is a variant of it."""
    return OURS in (method.use, registry.constant("methods", method.use, "variant_of"))


def overall_experiments(config: Config) -> list[str]:
    """The grid experiments that are shown as the paper's table of overall performance: all but ablations."""
    return [n for n, e in config.experiments.items() if e.kind == "grid" and not n.startswith(ABLATION)]


def ablation_experiments(config: Config) -> list[str]:
    """The grid experiments that compare with their first method."""
    return [n for n, e in config.experiments.items() if e.kind == "grid" and n.startswith(ABLATION)]
