"""Whether the differences of an overall table are differences: tests over seeds and over test rows."""

import math

from autoloss.reporting.comparisons import Comparison, correction
from autoloss.reporting.groups import group
from autoloss.reporting.labels import HIGHER_IS_BETTER, OURS, title
from autoloss.reporting.labels import metric as metric_title
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import seeds_needed
from autoloss.reporting.tables._compare import interval
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, fixed, number, p_value, signed, whole
from autoloss.reporting.tables._rows import RowTest, over_rows
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

FIELDS = (
    "scale", "experiment", "dataset", "model", "metric", "best_baseline", "seeds", "difference", "difference_std",
    "difference_low", "difference_high", "p_value", "p_holm", "p_wilcoxon", "significant", "detectable", "paper_gain",
    "seeds_needed", "rows_test", "rows_difference", "rows_low", "rows_high", "rows_p",
)  # fmt: skip
COLUMNS = (
    "AutoLoss − baseline", "95 % interval", "p", "p (Holm)", "p (Wilcoxon)", "Pairs", "Detectable", "Paper's gain",
    "Seeds needed", "Over test rows", "p (rows)",
)  # fmt: skip


def significance(material: Material, experiment: str) -> Table:
    """One row per dataset, model and metric: AutoLoss against the best baseline there.

    Args:
        material: everything collected.
        experiment: the overall experiment.
    """
    results = material.of(experiment)
    groups = group(results, "dataset", "model", "method")
    rows, records, ours = [], [], material.ours(experiment)
    found = list(material.comparisons.headline(experiment).values())
    for key, starred in material.comparisons.headline(experiment).items():
        members = [groups[(*key[:2], m)] for m in (ours, starred.baseline) if m]
        test = over_rows(material, key[0], key[2], *members) if len(members) == 2 else None
        records.append(_record(material, experiment, starred, test))
        rows.append(Row(_values(records[-1], starred), tuple(r for g in members for r in g.results)))
    heads = tuple(Column(t, numeric=False, head=True) for t in ("Dataset", "Model", "Metric"))
    return Table(
        name=f"{experiment}-tests",
        title="Is AutoLoss better than the best baseline?",
        caption="Paired over seeds: would other seeds show the difference? Over test rows: would other test rows?",
        columns=(*heads, Column("Best baseline", numeric=False), *map(Column, COLUMNS)),
        rows=tuple(rows),
        notes=(
            f"p: two-sided paired t-test over seeds; Holm: {correction(*found) or 'uncorrected'}; Wilcoxon: "
            "signed-rank test, which with n pairs cannot fall below 2^(1 − n).",
            "Detectable: the smallest true difference that this many pairs find with probability 0.8 at p < 0.05. "
            "Seeds needed: to find the paper's gain (ours, where it has none) with the spread seen here.",
            "Over test rows: DeLong's test for a binary AUC, else a paired bootstrap; the models are taken as given.",
            *mixtures(material, results, f"{experiment}-tests"),
        ),
        records=records,
        fields=FIELDS,
    )


def _record(material: Material, experiment: str, starred: Comparison, test: RowTest | None) -> dict:
    (dataset, model), metric = starred.place, starred.metric
    found, gain = starred.over_seeds, _paper_gain(material, dataset, model, metric)
    return {
        "scale": material.config.scale,
        "experiment": experiment,
        "dataset": dataset,
        "model": model,
        "metric": metric,
        "best_baseline": starred.baseline,
        "seeds": found.n,
        "difference": found.difference,
        "difference_std": found.std,
        "difference_low": found.low,
        "difference_high": found.high,
        "p_value": found.p,
        "p_holm": starred.p_adjusted,
        "p_wilcoxon": found.p_wilcoxon,
        "significant": starred.significantly_better,
        "detectable": found.detectable,
        "paper_gain": gain,
        "seeds_needed": seeds_needed(found.difference if gain is None else gain, found.std) if found.n > 1 else None,
        "rows_test": test.name if test else None,
        "rows_difference": test.difference if test else None,
        "rows_low": test.low if test else None,
        "rows_high": test.high if test else None,
        "rows_p": test.p if test else None,
    }


def _values(record: dict, starred: Comparison) -> tuple[Value, ...]:
    names = (head(title(record["dataset"])), head(title(record["model"])), head(metric_title(record["metric"])))
    if starred.baseline is None:
        return (*names, Value("none to compare with"), *[Value(ABSENT)] * len(COLUMNS))
    gain, needed = record["paper_gain"], record["seeds_needed"]
    return (
        *names,
        Value(title(starred.baseline)),
        number(record["difference"], signed(record["difference"]), star=starred.significantly_better),
        Value(
            interval(record["difference_low"], record["difference_high"]) or ABSENT,
            sort=_finite(record["difference_low"]),
        ),
        *(number(record[k], p_value(record[k])) for k in ("p_value", "p_holm", "p_wilcoxon")),
        number(record["seeds"], whole(record["seeds"])),
        number(record["detectable"], fixed(record["detectable"])),
        number(gain, signed(gain), quiet=True),
        number(needed, whole(needed)),
        number(record["rows_difference"], signed(record["rows_difference"])),
        number(record["rows_p"], p_value(record["rows_p"])),
    )


def _paper_gain(material: Material, dataset: str, model: str, metric: str) -> float | None:
    """The paper's AutoLoss minus its best baseline, or None where it has no such row."""
    row = dict(material.paper.get(dataset, {}).get(model, {}).get(metric, {}))
    ours = row.pop(OURS, None)
    if ours is None or not row:
        return None
    return ours - (max if metric in HIGHER_IS_BETTER else min)(row.values())


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
