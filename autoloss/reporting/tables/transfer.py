"""Transferability: a controller learned elsewhere, frozen, trains another model or on another dataset."""

from collections.abc import Sequence

from autoloss.reporting import labels
from autoloss.reporting.groups import Group, group
from autoloss.reporting.labels import HIGHER_IS_BETTER, OURS, headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result
from autoloss.reporting.statistics import Block, Starred, star
from autoloss.reporting.tables._compare import star_notes
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, absent, measured, number, p_value, signed
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

FIELDS = (
    "scale", "experiment", "source_dataset", "source_model", "dataset", "model", "method", "transferred", "metric",
    "seeds", "seeds_planned", "failed", "missing", "mean", "std", "low", "high", "p_value", "p_holm", "significant",
    "detectable",
)  # fmt: skip


def transfer(material: Material) -> Table | None:
    """One row per source, target and metric, one column per method; None without a transfer experiment."""
    names = [n for n, e in material.config.experiments.items() if e.kind == "transfer"]
    results = material.of(*names)
    if not results:
        return None
    methods = list(dict.fromkeys(r.method for r in results))
    moved = {r.method for r in results if r.transfer_from}
    found = _stars(material, results)
    notes = star_notes(found, {m: labels.metric(m) for m in dict.fromkeys(k[-1] for k in found)})
    rows, records = [], []
    for name in names:
        groups = group(material.of(name), "dataset", "model", "method")
        for dataset, model in dict.fromkeys((d, m) for d, m, _ in groups):
            first = True
            for metric in headline_metrics(material.config.datasets[dataset].task):
                mine = {m: groups.get((dataset, model, m)) for m in methods}
                starred = found.get((name, dataset, model, metric))
                values = (
                    head(_route(results, name, dataset, model)),
                    head(labels.metric(metric)),
                    *_values(mine, metric, starred),
                )
                behind = tuple(r for g in mine.values() if g for r in g.results)
                rows.append(Row(values, behind, rule=first))
                records += [
                    _record(_source(results, name, dataset, model), g, metric, starred) for g in mine.values() if g
                ]
                first = False
    return Table(
        name="transfer",
        title="Transferability",
        caption="Methods with a star in their name use a controller learned at the source, frozen; "
        "the others are trained on the target as always. Last columns: AutoLoss* against the best of the others.",
        columns=(
            *(Column(t, numeric=False, head=True) for t in ("Source → target", "Metric")),
            *(Column(f"{title(m)}{'*' if m in moved else ''}") for m in methods),
            Column("Difference"),
            Column("p (Holm)"),
        ),
        rows=tuple(rows),
        notes=(f"Scale: {material.config.scale}. Mean ± standard deviation over seeds.", *notes,
               *mixtures(material, results, "transfer")),
        records=records,
        fields=FIELDS,
        sortable=False,
    )  # fmt: skip


def _stars(material: Material, results: Sequence[Result]) -> dict[tuple, Starred]:
    """{(experiment, dataset, model, metric): AutoLoss's controller against the best of the others}, Holm over all."""
    places: dict[tuple, dict[str, Group]] = {}
    for (*place, method), members in group(results, "experiment", "dataset", "model", "method").items():
        places.setdefault(tuple(place), {})[method] = members
    blocks = [
        Block((*place, metric), {m: g.scores(metric) for m, g in here.items()}, metric in HIGHER_IS_BETTER)
        for place, here in places.items()
        for metric in headline_metrics(material.config.datasets[place[1]].task)
        if OURS in here
    ]
    return {starred.key: starred for starred in star(blocks, OURS)}


def _source(results: Sequence[Result], experiment: str, dataset: str, model: str) -> tuple[str, str]:
    """(dataset, model) that the controllers of a target were learned on."""
    here = (r for r in results if (r.experiment, r.dataset, r.model) == (experiment, dataset, model))
    return next((r.transfer_from for r in here if r.transfer_from), (dataset, model))


def _route(results: Sequence[Result], experiment: str, dataset: str, model: str) -> str:
    """`Criteo: DeepFM → NFM`, or with both places where the data change."""
    there, here = (tuple(map(title, p)) for p in (_source(results, experiment, dataset, model), (dataset, model)))
    if there[0] == here[0]:
        return f"{there[0]}: {there[1]} → {here[1]}"
    return f"{there[0]} → {here[0]}: {here[1]}" if there[1] == here[1] else f"{' '.join(there)} → {' '.join(here)}"


def _values(mine: dict[str, Group | None], metric: str, starred: Starred | None) -> list[Value]:
    means = [g.summary(metric).mean for g in mine.values() if g and g.scores(metric)]
    best = (max if metric in HIGHER_IS_BETTER else min)(means, default=None)
    values = []
    for method, members in mine.items():
        if members is None or not members.scores(metric):
            values.append(absent(members))
            continue
        summary = members.summary(metric)
        wins = bool(starred and starred.significant and method == OURS)
        state = "partial" if members.shortfall else "done"
        values.append(measured(summary, bold=summary.mean == best, star=wins, note=members.shortfall, state=state))
    if starred is None or starred.baseline is None:
        return [*values, Value(ABSENT), Value(ABSENT)]
    found = starred.comparison
    return [
        *values,
        number(found.difference, signed(found.difference)),
        number(starred.p_adjusted, p_value(starred.p_adjusted)),
    ]


def _record(source: tuple[str, str], members: Group, metric: str, starred: Starred | None) -> dict:
    first, summary = members.results[0], members.summary(metric)
    ours = first.method == OURS and starred is not None
    return {
        "scale": first.scale,
        "experiment": first.experiment,
        "source_dataset": source[0],
        "source_model": source[1],
        "dataset": first.dataset,
        "model": first.model,
        "method": first.method,
        "transferred": first.transfer_from is not None,
        "metric": metric,
        "seeds": members.counts["done"],
        "seeds_planned": members.planned,
        "failed": members.counts["failed"],
        "missing": members.counts["missing"],
        "mean": summary.mean,
        "std": summary.std,
        "low": summary.low,
        "high": summary.high,
        "p_value": starred.comparison.p if ours else None,
        "p_holm": starred.p_adjusted if ours else None,
        "significant": starred.significant if ours else None,
        "detectable": starred.comparison.detectable if ours else None,
    }
