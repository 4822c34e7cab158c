"""Which comparisons are corrected together: the one definition, which tables and verdicts apply and print.

Within a table, the comparisons in the metrics of one family are corrected together by Holm's method. AUC and logloss
are the paper's claim: it stars both, for each dataset and model. Logloss after calibration is ours and answers another
question (is the gain more than calibration?), so it neither costs the paper's claim any power nor borrows from it.
"""

import math
from collections.abc import Iterable
from dataclasses import replace

from autoloss import contrasts, metrics
from autoloss.reporting.comparisons.comparison import Comparison
from autoloss.reporting.comparisons.measures import TIMES, phrase
from autoloss.statistics import holm


def family(measure: str) -> tuple[str, ...]:
    """The measures that are corrected together with this one: same tasks, in the paper or not, calibrated or not."""
    if measure in TIMES or not metrics.get(measure).headline:
        return (measure,)
    return contrasts.family(measure)


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


def design(*comparisons: Comparison) -> list[str]:
    """What stands under comparisons whose seeds were added until they were decided; empty where their number was fixed.

    The error rate is stated once for all of them: it holds for each, and Holm's correction for a family.
    """
    schedules = dict.fromkeys(c.over_seeds.looks for c in comparisons if c.over_seeds.looks)
    if not schedules:
        return []
    looks = "; ".join(", ".join(map(str, each)) for each in schedules)
    return [
        f"Seeds were added while comparisons were open, which were judged at {looks} seeds. p values and intervals are "
        "those of this group-sequential design: repeated p values and repeated confidence intervals, with alpha (5 %, "
        "two-sided, before the correction) spent over all looks together in Pocock's way. The detectable difference is "
        "that of a fixed number of seeds. As methods may have different numbers of seeds, the best baseline is the one "
        "that AutoLoss is least surely better than. The table of seeds says how many each comparison used, and why."
    ]


def correction(*comparisons: Comparison) -> str:
    """What p values were corrected for, to follow them in a sentence; empty for those that stand alone."""
    families = dict.fromkeys(c.corrected_over for c in comparisons if c.corrected_over)
    return f"after Holm's correction over {', and over '.join(families)}" if families else ""
