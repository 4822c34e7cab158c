"""Which comparisons are corrected together: the one definition, which tables and verdicts apply and print.

Within a table, the comparisons in the metrics of one family are corrected together by Holm's method. AUC and logloss
are the paper's claim: it stars both, for each dataset and model. Logloss after calibration is ours and answers another
question (is the gain more than calibration?), so it neither costs the paper's claim any power nor borrows from it.
"""

import math
from collections.abc import Iterable
from dataclasses import replace

from autoloss import metrics
from autoloss.metrics import Metric
from autoloss.reporting.comparisons.comparison import Comparison
from autoloss.reporting.comparisons.measures import TIMES, phrase
from autoloss.statistics import holm


def family(measure: str) -> tuple[str, ...]:
    """The measures that are corrected together with this one: same tasks, in the paper or not, calibrated or not."""
    if measure in TIMES or not metrics.get(measure).headline:
        return (measure,)
    mine = metrics.get(measure)
    shown = map(metrics.get, metrics.headline())
    return tuple(m.name for m in shown if _kind(m) == _kind(mine))


def _kind(metric: Metric) -> tuple[object, ...]:
    return tuple(metric.tasks), metric.calibrated, metric.in_paper


def correct(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """The comparisons of one table with their p values after Holm's correction within each family, in order."""
    corrected = list(comparisons)
    for measures in dict.fromkeys(family(c.metric) for c in corrected):
        members = [k for k, c in enumerate(corrected) if c.metric in measures]
        tested = [corrected[k] for k in members if not math.isnan(corrected[k].over_seeds.p)]
        names = " and ".join(phrase(m) for m in measures if m in {c.metric for c in tested})
        words = f"the {len(tested)} comparisons in {names}" if len(tested) > 1 else ""
        for k, p in zip(members, holm([corrected[k].over_seeds.p for k in members]), strict=True):
            corrected[k] = replace(corrected[k], p_adjusted=p, corrected_over=words)
    return corrected


def correction(*comparisons: Comparison) -> str:
    """What p values were corrected for, to follow them in a sentence; empty for those that stand alone."""
    families = dict.fromkeys(c.corrected_over for c in comparisons if c.corrected_over)
    return f"after Holm's correction over {', and over '.join(families)}" if families else ""
