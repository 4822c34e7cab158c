"""Transferability: a controller learned elsewhere, frozen, trains another model or on another dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autoloss.reporting import labels
from autoloss.reporting.comparisons import Comparison
from autoloss.reporting.groups import Group, Place, by_place
from autoloss.reporting.labels import OURS, headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.reporting.tables import _columns
from autoloss.reporting.tables._columns import Column, seed_counts, stored, table
from autoloss.reporting.tables._compare import star_notes
from autoloss.reporting.tables._methods import across
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import p_value, signed
from autoloss.reporting.tables._table import Table, Value


@dataclass(frozen=True)
class Target:
    """One metric at a place where transferred controllers train.

    Attributes:
        source: where the controllers were learned.
        place: where they train.
        metric: of the test rows.
        groups: the planned seeds of each method there.
        against_best: AutoLoss's controller against the best of the others.
    """

    source: Place
    place: Place
    metric: str
    groups: Mapping[str, Group]
    against_best: Comparison

    @property
    def route(self) -> str:
        """`Criteo: DeepFM → NFM`, or with both places where the data change."""
        (from_data, from_model), (data, model) = map(title, self.source), map(title, self.place)
        if from_data == data:
            return f"{data}: {from_model} → {model}"
        if from_model == model:
            return f"{from_data} → {data}: {model}"
        return f"{from_data} {from_model} → {data} {model}"


@dataclass(frozen=True)
class Trained:
    """One method at a target: a line of the csv."""

    target: Target
    group: Group

    @property
    def tested(self) -> Comparison | None:
        return self.target.against_best if self.group.method == OURS else None


LONG: tuple[Column[Trained], ...] = (
    *stored("scale", "experiment", of="group"),
    Column("source_dataset", value=lambda t: t.target.source.dataset),
    Column("source_model", value=lambda t: t.target.source.model),
    *stored("dataset", "model", "method", of="group"),
    Column("transferred", value=lambda t: t.group.first.transfer_from is not None),
    *stored("metric", of="target"),
    *seed_counts(lambda t: t.group),
    Column("mean", value=lambda t: t.group.summary(t.target.metric).mean),
    Column("std", value=lambda t: t.group.summary(t.target.metric).std),
    Column("low", value=lambda t: t.group.summary(t.target.metric).low),
    Column("high", value=lambda t: t.group.summary(t.target.metric).high),
    Column("p_value", value=lambda t: t.tested.over_seeds.p if t.tested else None),
    Column("p_holm", value=lambda t: t.tested.p_adjusted if t.tested else None),
    Column("significant", value=lambda t: t.tested.direction if t.tested else None),
    Column("detectable", value=lambda t: t.tested.over_seeds.detectable if t.tested else None),
)


def transfer(material: Material) -> Table | None:
    """One row per source, target and metric, one column per method; None without a transfer experiment."""
    names = [n for n, e in material.config.experiments.items() if e.kind == "transfer"]
    results = material.of(*names)
    if not results:
        return None
    targets = _targets(material, names)
    moved = {r.method: r.transfer_from is not None for r in results}
    printed = table(
        "transfer",
        "Transferability",
        "Methods with a star in their name use a controller learned at the source, frozen; the others are trained on "
        "the target as always. Last columns: AutoLoss* against the best of the others, variants of AutoLoss left out.",
        _printed({m: title(m) + "*" * moved[m] for m in moved}),
        targets,
        behind=lambda t: tuple(r for g in t.groups.values() for r in g.results),
        notes=(
            f"Scale: {material.config.scale}. Mean ± standard deviation over seeds.",
            *star_notes([t.against_best for t in targets]),
            *mixtures(material, results, "transfer"),
        ),
        sortable=False,
    )
    return _columns.with_csv(printed, LONG, [Trained(t, g) for t in targets for g in t.groups.values()])


def _printed(methods: Mapping[str, str]) -> tuple[Column[Target], ...]:
    """The columns, given the heading of each method."""

    def entry(method: str) -> Column[Target]:
        return Column("", methods[method], entry=lambda t: _entries(t, methods)[method])

    return (
        Column("", "Source → target", lambda t: t.route, head=True, numeric=False, group=True),
        Column("", "Metric", lambda t: labels.metric(t.metric), head=True, numeric=False),
        *map(entry, methods),
        Column("", "Difference", lambda t: t.against_best.over_seeds.difference, signed),
        Column("", "p (Holm)", lambda t: t.against_best.p_adjusted, p_value),
    )


def _entries(target: Target, methods: Mapping[str, str]) -> dict[str, Value]:
    best = OURS if target.against_best.significantly_better else None
    return across({m: target.groups.get(m) for m in methods}, target.metric, best)


def _targets(material: Material, experiments: Sequence[str]) -> list[Target]:
    return [
        Target(_source(here, place), place, metric, here, material.comparisons.transfer[name, *place, metric])
        for name in experiments
        for place, here in by_place(material.of(name)).items()
        for metric in headline_metrics(material.config.datasets[place.dataset].task)
    ]


def _source(here: Mapping[str, Group], place: Place) -> Place:
    """Where the controllers of a target were learned."""
    origins = (r.transfer_from for group in here.values() for r in group.results)
    return Place(*next((origin for origin in origins if origin), place))
