"""The paper's table of overall performance: dataset × model × metric, one column per method, theirs below ours."""

from autoloss.reporting.labels import HIGHER_IS_BETTER, OURS, headline_metrics, metric as metric_title, title
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import Block, Starred, star
from autoloss.reporting.tables._groups import Group, absent, distinct, group
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import fixed, measured
from autoloss.reporting.tables._records import FIELDS, record
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

Groups = dict[tuple, Group]  # {(dataset, model, method): its seeds}


def overall(material: Material, experiment: str) -> Table:
    """The table of one grid experiment.

    Args:
        material: everything collected.
        experiment: its name in params.yaml.
    """
    results = material.of(experiment)
    groups = group(results, "dataset", "model", "method")
    methods = distinct(m for _, _, m in groups)
    stars = {s.key: s for s in tests(material, groups)}
    bayes = any(material.meta.get(d, {}).get("bayes") for d, _, _ in groups)
    rows = [
        row
        for dataset, model in dict.fromkeys((d, m) for d, m, _ in groups)
        for row in _rows(material, groups, dataset, model, methods, stars, bayes)
    ]
    last = (Column("Bayes optimum"),) if bayes else ()
    names = tuple(Column(text, numeric=False, head=True) for text in ("Dataset", "Model", "Metric"))
    return Table(
        name=experiment,
        title="Overall performance" if experiment == "overall" else f"Overall performance: {title(experiment)}",
        caption="Test metrics, mean ± standard deviation over seeds; in the lighter rows, what the paper reports.",
        columns=(*names, *(Column(title(m)) for m in methods), *last),
        rows=tuple(rows),
        notes=(*_notes(material, groups, stars), *mixtures(material, results, experiment)),
        records=[record(material, g, _decisive(material, stars, d, m) if k == OURS else None) for (d, m, k), g in groups.items()],
        fields=FIELDS,
        sortable=False,
    )


def tests(material: Material, groups: Groups) -> list[Starred]:
    """AutoLoss against the best baseline in each block (dataset, model, metric), Holm over all of them.

    Variants of AutoLoss are no baselines.
    """
    baselines = [n for n, m in material.config.methods.items() if m.use != OURS]
    blocks = []
    for dataset, model in dict.fromkeys((d, m) for d, m, _ in groups):
        rivals = {k: g for (d, m, k), g in groups.items() if (d, m) == (dataset, model)}
        for name in headline_metrics(material.config.datasets[dataset].task):
            scores = {k: g.scores(name) for k, g in rivals.items() if k in baselines or k == OURS}
            blocks.append(Block((dataset, model, name), scores, name in HIGHER_IS_BETTER))
    return star(blocks, OURS) if any(k == OURS for _, _, k in groups) else []


def _decisive(material: Material, stars: dict[tuple, Starred], dataset: str, model: str) -> Starred | None:
    return stars.get((dataset, model, headline_metrics(material.config.datasets[dataset].task)[0]))


def _rows(
    material: Material,
    groups: Groups,
    dataset: str,
    model: str,
    methods: list[str],
    stars: dict[tuple, Starred],
    bayes: bool,
) -> list[Row]:
    """The rows of one dataset and model: each metric, and below it the paper's numbers where there are any."""
    rows: list[Row] = []
    mine = [groups.get((dataset, model, m)) for m in methods]
    behind = tuple(r for g in mine if g for r in g.results)
    for name in headline_metrics(material.config.datasets[dataset].task):
        means = [g.summary(name).mean for g in mine if g and g.scores(name)]
        best = (max if name in HIGHER_IS_BETTER else min)(means, default=None)
        starred = stars.get((dataset, model, name))
        values = [
            _value(g, name, best, bool(starred and starred.significant and m == OURS)) for m, g in zip(methods, mine)
        ]
        optimum = (material.meta.get(dataset, {}).get("bayes") or {}).get(name.removesuffix("_calibrated"))
        last = (Value("" if optimum is None else fixed(optimum), quiet=True),) if bayes else ()
        names = (head(title(dataset)), head(title(model)), head(metric_title(name)))
        rows.append(Row((*names, *values, *last), behind, rule=not rows))
        theirs = [material.paper_value(dataset, model, m, name) for m in methods]
        if any(v is not None for v in theirs):
            label = "paper" if material.comparable(dataset) else "paper (reference only)"
            quiet = tuple(Value(fixed(v), quiet=True) for v in theirs)
            names = (head(title(dataset)), head(title(model)), head(f"{metric_title(name)}, {label}", quiet=True))
            rows.append(Row((*names, *quiet, *((Value("", quiet=True),) if bayes else ()))))
    return rows


def _value(group_: Group | None, name: str, best: float | None, starred: bool) -> Value:
    if group_ is None or not group_.scores(name):
        return absent(group_)
    summary = group_.summary(name)
    state = "partial" if group_.shortfall else "done"
    return measured(summary, bold=summary.mean == best, star=starred, note=group_.shortfall, state=state)


def _notes(material: Material, groups: Groups, stars: dict[tuple, Starred]) -> tuple[str, ...]:
    seeds = sorted({g.counts["done"] for g in groups.values()})
    count = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    notes = [f"Scale: {material.config.scale}. Seeds per number: {count}. Bold: best mean of the row."]
    if stars:
        notes.append(
            "*: AutoLoss is better than the best baseline, p < 0.05 in a two-sided paired t-test over seeds, "
            f"with Holm's correction over the {len(stars)} comparisons of the table."
        )
    for name in dict.fromkeys(key[2] for key in stars):
        floors = [s.comparison.detectable for s in stars.values() if s.key[2] == name and s.comparison.detectable > 0]
        if floors:
            span = fixed(min(floors)) if len(floors) == 1 else f"{fixed(min(floors))} to {fixed(max(floors))}"
            notes.append(f"{metric_title(name)}: the smallest difference that these seeds detect with probability 0.8 is {span}.")
    foreign = distinct(title(d) for d, m, k in groups if not material.comparable(d))
    if foreign:
        notes.append(
            f"{', '.join(foreign)}: not the paper's data at the paper's size, so its numbers stand here for reference "
            "only and are not what ours should equal."
        )
    return tuple(notes)
