"""Ablations: what each part of AutoLoss is worth, as differences to it and to cross-entropy on the same seeds."""

from autoloss.reporting import labels
from autoloss.reporting.claims.scores import REFERENCE
from autoloss.reporting.groups import Group, group
from autoloss.reporting.labels import HIGHER_IS_BETTER, headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import Comparison, better, compare, holm
from autoloss.reporting.tables._compare import interval
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, absent, fixed, listed, measured, number, p_value, signed, whole
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

PREFIX = "ablation"  # an experiment whose name begins with it stands in this table
FIELDS = (
    "scale", "experiment", "dataset", "model", "method", "metric", "seeds", "seeds_planned", "failed", "missing",
    "mean", "std", "pairs", "reference", "minus_reference", "low", "high", "p_value", "p_holm", "significant",
    "detectable", "minus_ce", "minus_ce_p",
)  # fmt: skip
COLUMNS = ("Mean", "Minus reference", "95 % interval", "p (Holm)", "Pairs", "Detectable", "Minus CE")


def ablations(material: Material) -> Table | None:
    """One row per dataset, model, metric and method; None without an ablation experiment."""
    names = [n for n, e in material.config.experiments.items() if e.kind == "grid" and n.startswith(PREFIX)]
    results = material.of(*names)
    if not results:
        return None
    references = [title(n) for n in dict.fromkeys(material.config.experiments[name].methods[0] for name in names)]
    lines = [line for name in names for line in _lines(material, name)]
    adjusted = holm([found.p for *_, found, _ in lines])
    rows, records, before = [], [], None
    for line, p in zip(lines, adjusted, strict=True):
        members, metric = line[0], line[1]
        place = (members.results[0].dataset, members.results[0].model, metric)
        records.append(_record(*line, p, material.config.experiments[members.results[0].experiment].methods[0]))
        rows.append(Row(_values(*line, p), members.results, rule=place != before))
        before = place
    heads = tuple(Column(t, numeric=False, head=True) for t in ("Dataset", "Model", "Metric", "Method"))
    return Table(
        name="ablations",
        title="Ablations",
        caption=f"Each method beside {listed(references)} (the reference) and beside cross-entropy, same seeds. "
        "A negative difference in AUC, or a positive one in logloss, means worse than the reference.",
        columns=(*heads, *map(Column, COLUMNS)),
        rows=tuple(rows),
        notes=(
            f"Scale: {material.config.scale}.",
            "*: differs from the reference, p < 0.05 in a two-sided paired t-test over seeds "
            f"with Holm's correction over the {sum(p == p for p in adjusted)} comparisons of the table.",
            "Detectable: the smallest true difference that this many pairs find with probability 0.8 at p < 0.05.",
            *mixtures(material, results, "ablations"),
        ),
        records=records,
        fields=FIELDS,
    )


Line = tuple[Group, str, Comparison, Comparison]


def _lines(material: Material, experiment: str) -> list[Line]:
    """(method's seeds, metric, method − reference, method − CE), metric by metric.

    The reference is the experiment's first method; CE may stand in another experiment with the same training.
    """
    listed_here = material.config.experiments[experiment]
    elsewhere = [
        r
        for r in material.results
        if r.method == REFERENCE and r.kind == "train" and r.training == listed_here.training
    ]
    ce = group(elsewhere, "dataset", "model")
    groups = group(material.of(experiment), "dataset", "model", "method")
    lines = []
    for dataset, model in dict.fromkeys((d, m) for d, m, _ in groups):
        here = {k: g for (d, m, k), g in groups.items() if (d, m) == (dataset, model)}
        for metric in headline_metrics(material.config.datasets[dataset].task):
            for method, members in here.items():
                mine = members.scores(metric)
                reference = here.get(listed_here.methods[0]) if method != listed_here.methods[0] else None
                rivals = (reference, ce.get((dataset, model)) if method != REFERENCE else None)
                lines.append((members, metric, *(compare(mine, r.scores(metric) if r else {}) for r in rivals)))
    return lines


def _values(members: Group, metric: str, ours: Comparison, ce: Comparison, p: float) -> tuple[Value, ...]:
    first = members.results[0]
    names = tuple(
        head(t) for t in (title(first.dataset), title(first.model), labels.metric(metric), title(first.method))
    )
    if not members.scores(metric):
        return (*names, absent(members), *[Value(ABSENT)] * (len(COLUMNS) - 1))
    mean = measured(members.summary(metric), note=members.shortfall, state="partial" if members.shortfall else "done")
    return (
        *names,
        mean,
        number(ours.difference, signed(ours.difference), star=p < 0.05),
        Value(interval(ours.low, ours.high) or ABSENT, sort=ours.low if ours.n > 1 else None),
        number(p, p_value(p)),
        number(ours.n or None, whole(ours.n or None)),
        number(ours.detectable, fixed(ours.detectable)),
        number(ce.difference, signed(ce.difference)),
    )


def _record(members: Group, metric: str, ours: Comparison, ce: Comparison, p: float, reference: str) -> dict:
    first, summary = members.results[0], members.summary(metric)
    worse = better(-ours.difference, metric in HIGHER_IS_BETTER)
    return {
        "scale": first.scale,
        "experiment": first.experiment,
        "dataset": first.dataset,
        "model": first.model,
        "method": first.method,
        "metric": metric,
        "seeds": members.counts["done"],
        "seeds_planned": members.planned,
        "failed": members.counts["failed"],
        "missing": members.counts["missing"],
        "mean": summary.mean,
        "std": summary.std,
        "pairs": ours.n,
        "reference": reference,
        "minus_reference": ours.difference,
        "low": ours.low,
        "high": ours.high,
        "p_value": ours.p,
        "p_holm": p,
        "significant": ("worse" if worse else "better") if p < 0.05 else None,
        "detectable": ours.detectable,
        "minus_ce": ce.difference,
        "minus_ce_p": ce.p,
    }
