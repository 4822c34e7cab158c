"""One method beside another: the only record between the metrics of two methods and a star or a verdict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from autoloss.reporting.comparisons.measures import higher_is_better
from autoloss.reporting.groups import Place
from autoloss.statistics import ALPHA, PairedDifference, Uncertainty, compare, over_seeds_and_rows


@dataclass(frozen=True)
class Comparison:
    """`method` minus `baseline` at one place.

    Attributes:
        place: dataset and model.
        metric: a test metric, or a time.
        method, baseline: names in params.yaml; baseline is None where there is nothing to compare with.
        over_seeds: the difference, paired by seed.
        p_adjusted: the p value of `over_seeds` after Holm's correction over its family (see `families`), or as it is
            where the comparison stands alone; NaN where no test is possible.
        over_rows: how far the difference may be off over test rows; None where that is not known.
        corrected_over: the family in words, `the 8 comparisons in AUC and logloss`; empty where it stands alone.
    """

    place: Place
    metric: str
    method: str
    baseline: str | None
    over_seeds: PairedDifference
    p_adjusted: float
    corrected_over: str = ""
    over_rows: Uncertainty | None = None

    @property
    def advantage(self) -> float:
        """The difference, positive where `method` is the better one."""
        difference = self.over_seeds.difference
        return difference if higher_is_better(self.metric) else -difference

    @property
    def over_both(self) -> Uncertainty | None:
        """How far it may be off over seeds and test rows together; None where one of the two is not known."""
        if self.over_rows is None or self.over_seeds.n < 2:
            return None
        return over_seeds_and_rows(self.over_seeds, self.over_rows)

    @property
    def clarity(self) -> float:
        """The advantage in standard errors; −inf where no test is possible, 0 where nothing differs."""
        if math.isnan(self.over_seeds.p):
            return -math.inf
        if self.over_seeds.std == 0:
            return 0.0
        return self.advantage / self.over_seeds.std * math.sqrt(self.over_seeds.n)

    @property
    def certainty(self) -> float:
        """How surely `method` is better: 1 − p, negative where it is worse; −inf where no test is possible."""
        p = self.over_seeds.p
        return -math.inf if math.isnan(p) else math.copysign(1 - p, self.advantage)

    @property
    def significant(self) -> bool:
        """Whether the two differ, in either direction."""
        return self.p_adjusted < ALPHA

    @property
    def direction(self) -> Literal["better", "worse"] | None:
        """Which way `method` differs significantly; None where it does not."""
        if not self.significant:
            return None
        return "better" if self.advantage > 0 else "worse"

    @property
    def significantly_better(self) -> bool:
        """What earns a star: a significant difference in the good direction."""
        return self.direction == "better"


def compared(
    place: Place,
    metric: str,
    method: str,
    ours: Mapping[int, float],
    baseline: str | None,
    theirs: Mapping[int, float],
    looks: tuple[int, ...] = (),
) -> Comparison:
    """Compares two methods, each {seed: value}, on the seeds that both have; not corrected for others.

    Where the seeds of one of them were added until comparisons were decided, `looks` says when these were judged.
    """
    found = compare(ours, theirs, looks)
    return Comparison(place, metric, method, baseline, found, found.p)
