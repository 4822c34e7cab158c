"""A row with one entry per method, the best of them bold: what the paper's tables are made of."""

from collections.abc import Callable, Mapping

from autoloss.reporting.groups import Group
from autoloss.reporting.labels import HIGHER_IS_BETTER
from autoloss.reporting.tables._numbers import absent, measured
from autoloss.reporting.tables._table import Value


def across(
    groups: Mapping[str, Group | None], metric: str, starred: str | None, link: Callable[[Group], str] = lambda _: ""
) -> dict[str, Value]:
    """{method: its entry}.

    Args:
        groups: the planned seeds of each method; None where it was not planned.
        metric: of the test rows.
        starred: the method that is significantly better than the best baseline, if one is.
        link: the anchor of the row that says more about a training.
    """
    means = [g.summary(metric).mean for g in groups.values() if g and g.scores(metric)]
    best = (max if metric in HIGHER_IS_BETTER else min)(means, default=None)
    return {method: _entry(g, metric, best, method == starred, link) for method, g in groups.items()}


def _entry(group: Group | None, metric: str, best: float | None, star: bool, link: Callable[[Group], str]) -> Value:
    if group is None or not group.scores(metric):
        return absent(group, link(group) if group else "")
    summary = group.summary(metric)
    return measured(
        summary,
        bold=summary.mean == best,
        star=star,
        note=group.shortfall,
        state="partial" if group.shortfall else "done",
        link=link(group),
    )
