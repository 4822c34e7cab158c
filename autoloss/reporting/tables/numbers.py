"""Every number of an overall table on a line of its own: sortable, theirs beside ours, with the cells behind it."""

from autoloss.reporting.groups import Group, group
from autoloss.reporting.labels import headline_metrics, title
from autoloss.reporting.labels import metric as metric_title
from autoloss.reporting.material import Material
from autoloss.reporting.tables._compare import stars
from autoloss.reporting.tables._numbers import absent, fixed, measured, number, p_value, signed
from autoloss.reporting.tables._records import anchor
from autoloss.reporting.tables._table import Column, Row, Table, Value, head


def numbers(material: Material, experiment: str) -> Table:
    """The long form of the overall table of one experiment, for the page (its csv is the overall table's)."""
    groups = group(material.of(experiment), "dataset", "model", "method")
    tasks = [material.config.datasets[d].task for d, _, _ in groups]
    metrics = tuple(dict.fromkeys(m for task in tasks for m in headline_metrics(task)))
    theirs = tuple(m for m in metrics if any(_paper(material, key, m) is not None for key in groups))
    found = stars(material, groups, material.ours(experiment))
    rows = []
    for key, members in groups.items():
        names = (head(title(key[0])), head(title(key[1])), head(title(key[2])), _seeds(members))
        values = [v for m in metrics for v in _pair(material, key, members, m, m in theirs)]
        decisive = found.get((key[0], key[1], headline_metrics(material.config.datasets[key[0]].task)[0]))
        p = decisive.p_adjusted if decisive and key[2] == material.ours(experiment) else None
        rows.append(Row((*names, *values, number(p, p_value(p))), members.results, anchor=anchor(experiment, members)))
    heads = (*(Column(t, numeric=False, head=True) for t in ("Dataset", "Model", "Method")), Column("Seeds"))
    columns = [c for m in metrics for c in _columns(m, m in theirs)]
    return Table(
        name=f"{experiment}-numbers",
        title="Every number, with its seeds and its cells",
        caption="Click a heading to sort. Difference: ours minus the paper's.",
        columns=(*heads, *columns, Column("p (Holm)")),
        rows=tuple(rows),
        notes=("p: AutoLoss against the best baseline on the first metric, paired over seeds.",),
    )


def _columns(metric: str, theirs: bool) -> tuple[Column, ...]:
    name = metric_title(metric)
    return (Column(name), Column(f"{name}, paper"), Column("Difference")) if theirs else (Column(name),)


def _pair(material: Material, key: tuple, members: Group, metric: str, theirs: bool) -> list[Value]:
    ours = absent(members) if not members.scores(metric) else measured(members.summary(metric), note=members.shortfall)
    if not theirs:
        return [ours]
    paper = _paper(material, key, metric)
    gap = None if paper is None or not members.scores(metric) else members.summary(metric).mean - paper
    return [
        ours,
        number(paper, fixed(paper), quiet=True),
        number(gap, signed(gap), quiet=not _comparable(material, members)),
    ]


def _comparable(material: Material, members: Group) -> bool:
    first = members.results[0]
    return material.comparable(first.dataset, first.model, first.training)


def _paper(material: Material, key: tuple, metric: str) -> float | None:
    dataset, model, method = key
    return material.paper_value(dataset, model, method, metric)


def _seeds(members: Group) -> Value:
    state = "done" if members.state == "done" else "partial"
    return Value(members.seeds, sort=members.counts["done"], state=state)
