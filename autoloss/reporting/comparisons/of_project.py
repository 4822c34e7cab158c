"""The comparisons of a project's results, each computed when it is first asked for."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from autoloss import contrasts
from autoloss.config import Config
from autoloss.contrasts import ablation_experiments, is_variant, overall_experiments
from autoloss.reporting.comparisons.comparison import Comparison, compared
from autoloss.reporting.comparisons.families import correct
from autoloss.reporting.comparisons.measures import higher_is_better
from autoloss.reporting.comparisons.rows import of_rows
from autoloss.reporting.goals import REFERENCE
from autoloss.reporting.groups import Group, Place, by_place
from autoloss.reporting.labels import OURS, headline_metrics
from autoloss.reporting.predictions import labels_of
from autoloss.reporting.results import PAPER_TRAINING, Result, select

K = TypeVar("K")
Key = tuple[str, str, str]  # dataset, model, metric


@dataclass(frozen=True)
class Ablation:
    """One metric of one method of an ablation experiment.

    Attributes:
        group: its planned seeds.
        metric: of the test rows.
        reference: the experiment's first method.
        minus_reference, minus_ce: this method minus the reference, and minus cross-entropy.
    """

    group: Group
    metric: str
    reference: str
    minus_reference: Comparison
    minus_ce: Comparison


class Comparisons:
    """What is compared in the results of a project.

    Args:
        config: knows the experiments, which rule a method follows, and the task of a dataset.
        results: one per experiment and cell.
        root: the project's folder, with the labels of the test rows.
    """

    def __init__(self, config: Config, results: list[Result], root: Path = Path(".")):
        self._config, self._results, self._root = config, results, root
        self._headline: dict[str, dict[Key, Comparison]] = {}

    def ours(self, experiment: str) -> str:
        """The method that an experiment is about: AutoLoss, or the first that uses it (as for regression)."""
        return contrasts.ours(self._config, experiment)

    def headline(self, experiment: str) -> dict[Key, Comparison]:
        """AutoLoss against the best baseline, at each place and in each metric of a grid experiment.

        Variants of AutoLoss are no baselines.
        """
        if experiment not in self._headline:
            ours = self.ours(experiment)
            places = by_place(select(self._results, experiment=experiment))
            found: dict[Key, Comparison] = {}
            for place, here in places.items() if any(ours in here for here in places.values()) else ():
                methods = self._without_variants(here, ours)
                for metric in self._metrics(place):
                    key = place.dataset, place.model, metric
                    found[key] = self._with_rows(against_best(place, metric, methods, ours), methods)
            self._headline[experiment] = _corrected(found)
        return self._headline[experiment]

    def against(self, experiment: str, rivals: Collection[str], datasets: Collection[str]) -> list[Comparison]:
        """AutoLoss against the best of `rivals` at each place of a grid experiment where one of them was trained.

        Args:
            experiment: its training regime counts; the rivals may have been trained in another experiment.
            rivals: names of methods.
            datasets: the places on these.
        """
        ours = self.ours(experiment)
        found = [
            against_best(place, metric, {m: g for m, g in here.items() if m in rivals or m == ours}, ours)
            for place, here in self._trained(experiment).items()
            if place.dataset in datasets
            for metric in self._metrics(place)
        ]
        return correct(comparison for comparison in found if comparison.over_seeds.n)

    def minus_reference(self, experiment: str, also: Collection[str] = ()) -> list[Comparison]:
        """Every method of a grid experiment minus cross-entropy, metric by metric, each comparison on its own.

        Args:
            experiment: its name.
            also: methods to include where another experiment trained them in the same way.
        """
        methods = [m for m in (*self._config.experiments[experiment].methods, *also) if m != REFERENCE]
        return [
            _against(here[method], here.get(REFERENCE), metric)
            for place, here in self._trained(experiment).items()
            for metric in self._metrics(place)
            for method in dict.fromkeys(methods)
            if method in here
        ]

    def _trained(self, experiment: str) -> dict[Place, dict[str, Group]]:
        """All methods trained at the places of an experiment in its regime, its own training runs first."""
        own = select(self._results, experiment=experiment)
        others = select(self._results, kind="train", training=self._config.experiments[experiment].training)
        everywhere = by_place(r for r in others if r.experiment != experiment and r.transfer_from is None)
        return {place: everywhere.get(place, {}) | here for place, here in by_place(own).items()}

    @cached_property
    def paper(self) -> dict[Key, Comparison]:
        """The headline comparisons at the paper's own settings; of two experiments at one place, the first counts."""
        named = self._config.experiments
        names = [name for name in overall_experiments(self._config) if named[name].training == PAPER_TRAINING]
        return {key: found for name in reversed(names) for key, found in self.headline(name).items()}

    @cached_property
    def transfer(self) -> dict[tuple[str, str, str, str], Comparison]:
        """A transferred AutoLoss controller against the best of the others, by experiment, dataset, model, metric."""
        found: dict[tuple[str, str, str, str], Comparison] = {}
        for name in (n for n, e in self._config.experiments.items() if e.kind == "transfer"):
            for place, here in by_place(select(self._results, experiment=name)).items():
                methods = self._without_variants(here, OURS)
                for metric in self._metrics(place):
                    found[name, place.dataset, place.model, metric] = against_best(place, metric, methods, OURS)
        return _corrected(found)

    @cached_property
    def ablations(self) -> list[Ablation]:
        """Every method of the ablation experiments, metric by metric; CE may stand in another experiment."""
        found = [ablation for name in ablation_experiments(self._config) for ablation in self._ablations(name)]
        corrected = correct(ablation.minus_reference for ablation in found)
        return [replace(a, minus_reference=c) for a, c in zip(found, corrected, strict=True)]

    def _ablations(self, experiment: str) -> list[Ablation]:
        about = self._config.experiments[experiment]
        reference = about.methods[0]
        ce = by_place(select(self._results, method=REFERENCE, kind="train", training=about.training))
        return [
            Ablation(
                members,
                metric,
                reference,
                _against(members, here.get(reference) if method != reference else None, metric),
                _against(members, ce.get(place, {}).get(REFERENCE) if method != REFERENCE else None, metric),
            )
            for place, here in by_place(select(self._results, experiment=experiment)).items()
            for metric in self._metrics(place)
            for method, members in here.items()
        ]

    def _with_rows(self, comparison: Comparison, methods: Mapping[str, Group]) -> Comparison:
        labels = labels_of(self._root, self._config.scale, comparison.place.dataset)
        if labels is None or comparison.baseline is None:
            return comparison
        groups = methods[comparison.method], methods[comparison.baseline]
        return replace(comparison, over_rows=of_rows(comparison, *groups, labels))

    def _without_variants(self, here: Mapping[str, Group], ours: str) -> dict[str, Group]:
        return {n: group for n, group in here.items() if n == ours or not is_variant(self._config.methods[n])}

    def _metrics(self, place: Place) -> tuple[str, ...]:
        return headline_metrics(self._config.datasets[place.dataset].task)


def against_best(place: Place, metric: str, methods: Mapping[str, Group], ours: str) -> Comparison:
    """`ours` beside the method with the best mean over the seeds that the two share; the first one on a tie.

    Where seeds are added until comparisons are decided, a method may have more of them than another, and its mean is of
    other seeds. There it is the method that `ours` is least surely better than: `ours` is better than the best one if
    and only if it is better than each (an intersection-union test).
    """
    mine = methods[ours].scores(metric) if ours in methods else {}
    scores = {name: group.scores(metric) for name, group in methods.items() if name != ours}
    if looks := schedule(*methods.values()):
        shared = {name: theirs for name, theirs in scores.items() if theirs.keys() & mine.keys()}
        found = [compared(place, metric, ours, mine, name, theirs, looks) for name, theirs in shared.items()]
        return min(found, key=lambda c: c.certainty, default=compared(place, metric, ours, mine, None, {}))
    means = {name: mean for name, theirs in scores.items() if not math.isnan(mean := _mean_of_shared(theirs, mine))}
    best = (max if higher_is_better(metric) else min)(means, key=means.__getitem__) if means else None
    return compared(place, metric, ours, mine, best, scores[best] if best else {})


def schedule(*groups: Group) -> tuple[int, ...]:
    """When comparisons of these were judged: the longest of their schedules."""
    return max((group.looks for group in groups), key=len, default=())


def _mean_of_shared(scores: Mapping[int, float], others: Mapping[int, float]) -> float:
    """The mean of `scores` over the seeds with a number on both sides; NaN without one."""
    shared = [v for seed, v in scores.items() if math.isfinite(v) and math.isfinite(others.get(seed, math.nan))]
    return sum(shared) / len(shared) if shared else math.nan


def _against(members: Group, others: Group | None, metric: str) -> Comparison:
    baseline, theirs = (others.method, others.scores(metric)) if others else (None, {})
    place = Place(members.dataset, members.model)
    looks = schedule(members, *([others] if others else []))
    return compared(place, metric, members.method, members.scores(metric), baseline, theirs, looks)


def _corrected(found: dict[K, Comparison]) -> dict[K, Comparison]:
    return dict(zip(found, correct(found.values()), strict=True))
