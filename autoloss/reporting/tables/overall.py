"""The paper's table of overall performance: dataset × model × metric, one column per method, theirs below ours."""

from autoloss.reporting import labels
from autoloss.reporting.groups import Group, group
from autoloss.reporting.labels import HIGHER_IS_BETTER, headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import Starred
from autoloss.reporting.tables._compare import Groups, star_notes, stars
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import absent, fixed, measured
from autoloss.reporting.tables._records import FIELDS, anchor, record
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

LIGHTER = " Lighter rows: what the paper reports."


def overall(material: Material, experiment: str) -> Table:
    """The table of one grid experiment.

    Args:
        material: everything collected.
        experiment: its name in params.yaml.
    """
    results = material.of(experiment)
    groups = group(results, "dataset", "model", "method")
    found = stars(material, groups, material.ours(experiment))
    writer = _Rows(material, experiment, groups, found)
    places = dict.fromkeys((d, m) for d, m, _ in groups)
    names = tuple(Column(text, numeric=False, head=True) for text in ("Dataset", "Model", "Metric"))
    last = (Column("Bayes"),) if writer.bayes else ()
    rows = tuple(row for place in places for row in writer.rows(*place))
    paper = any(row.values[2].quiet for row in rows)
    return Table(
        name=experiment,
        title=labels.experiment(experiment),
        caption="Test metrics, mean ± standard deviation over seeds." + (LIGHTER if paper else ""),
        columns=(*names, *(Column(title(m)) for m in writer.methods), *last),
        rows=rows,
        notes=(*_notes(material, groups, found), *mixtures(material, results, experiment)),
        records=[_record(material, g, key, found) for key, g in groups.items()],
        fields=FIELDS,
        sortable=False,
    )


class _Rows:
    """Writes the rows of one dataset and model after another."""

    def __init__(self, material: Material, experiment: str, groups: Groups, found: dict[tuple, Starred]):
        self.material, self.experiment, self.groups, self.found = material, experiment, groups, found
        self.methods = list(dict.fromkeys(m for _, _, m in groups))
        self.bayes = any(material.meta.get(d, {}).get("bayes") for d, _, _ in groups)

    def rows(self, dataset: str, model: str) -> list[Row]:
        """Each metric, and below it the paper's numbers where there are any."""
        rows: list[Row] = []
        for metric in headline_metrics(self.material.config.datasets[dataset].task):
            rows.append(Row((*self._names(dataset, model, metric), *self._ours(dataset, model, metric)), rule=not rows))
            theirs = [self.material.paper_value(dataset, model, m, metric) for m in self.methods]
            if any(v is not None for v in theirs):
                where = "" if self._comparable(dataset, model) else "reference only"
                quiet = [Value("" if v is None else fixed(v), quiet=True) for v in theirs]
                last = [Value("", quiet=True)] * self.bayes
                rows.append(Row((*self._names(dataset, model, metric, True, where), *quiet, *last)))
        return rows

    def _comparable(self, dataset: str, model: str) -> bool:
        training = self.material.config.experiments[self.experiment].training
        return self.material.comparable(dataset, model, training)

    def _names(self, dataset: str, model: str, metric: str, theirs: bool = False, note: str = "") -> tuple[Value, ...]:
        text = labels.metric(metric) + (", paper" if theirs else "")
        return head(title(dataset)), head(title(model)), head(text, quiet=theirs, note=note)

    def _ours(self, dataset: str, model: str, metric: str) -> list[Value]:
        mine = {m: self.groups.get((dataset, model, m)) for m in self.methods}
        means = [g.summary(metric).mean for g in mine.values() if g and g.scores(metric)]
        best = (max if metric in HIGHER_IS_BETTER else min)(means, default=None)
        starred = self.found.get((dataset, model, metric))
        values = [
            _value(
                g,
                metric,
                best,
                m == self.material.ours(self.experiment) and bool(starred and starred.significant),
                self.experiment,
            )
            for m, g in mine.items()
        ]
        optimum = (self.material.meta.get(dataset, {}).get("bayes") or {}).get(metric.removesuffix("_calibrated"))
        return [*values, *([Value("" if optimum is None else fixed(optimum), quiet=True)] * self.bayes)]


def _value(group_: Group | None, metric: str, best: float | None, starred: bool, experiment: str) -> Value:
    if group_ is None:
        return absent(None)
    link = anchor(experiment, group_)
    if not group_.scores(metric):
        return absent(group_, link)
    summary = group_.summary(metric)
    state = "partial" if group_.shortfall else "done"
    return measured(summary, bold=summary.mean == best, star=starred, note=group_.shortfall, state=state, link=link)


def _record(material: Material, group_: Group, key: tuple, found: dict[tuple, Starred]) -> dict:
    dataset, model, method = key
    decisive = headline_metrics(material.config.datasets[dataset].task)[0]
    starred = method == material.ours(group_.results[0].experiment)
    return record(material, group_, found.get((dataset, model, decisive)) if starred else None)


def _notes(material: Material, groups: Groups, found: dict[tuple, Starred]) -> tuple[str, ...]:
    seeds = sorted({g.counts["done"] for g in groups.values()})
    count = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    notes = [f"Scale: {material.config.scale}. Seeds per number: {count}. Bold: best mean of the row."]
    notes += _data(material, list(dict.fromkeys(d for d, _, _ in groups)))
    notes += star_notes(found, {m: labels.metric(m) for m in dict.fromkeys(key[2] for key in found)})
    apart = [
        r for g in groups.values() for r in g.results[:1] if not material.comparable(r.dataset, r.model, r.training)
    ]
    if any(material.paper_value(r.dataset, r.model, r.method, "auc") is not None for r in apart):
        notes.append(
            "Reference only: our data, model or training are not the paper's there, so ours need not equal its numbers."
        )
    return tuple(notes)


def _data(material: Material, datasets: list[str]) -> list[str]:
    """What stands behind the names of the datasets at this scale."""
    told = []
    for name in datasets:
        if about := material.meta.get(name):
            source = about["source"]
            what = "generated rows" if source["kind"] == "synthetic" else f"rows of {source['file']}"
            told.append(f"{title(name)}: {about['rows']:,} {what}.")
    return [" ".join(told)] if told else []
