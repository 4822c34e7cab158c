"""The rules by which comparisons and numbers become an outcome.

Significance is one thing everywhere: p < 0.05 in a two-sided t-test paired by seed. What differs is the correction.

- "Significantly better than the best baseline" is the star of the table: p after Holm's correction over its family.
- "Better than each of these, everywhere" is reproduced when every comparison is significantly right by its own test:
  to ask that of all is already stricter than to correct each (an intersection-union test). It is not reproduced when
  one is significantly the other way round; as one of many can be so by chance, that takes p < 0.05 after Holm's
  correction over the comparisons of the claim. All else is within noise.
- A number is reproduced when the whole 95 % interval over seeds lies within the paper's ± tolerance, not reproduced
  when it lies wholly outside, and within noise when it straddles the edge.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autoloss.reporting.claims import wording
from autoloss.reporting.claims.claim import Contender
from autoloss.reporting.claims.verdict import Outcome
from autoloss.reporting.comparisons import ALPHA, Comparison, correct


@dataclass(frozen=True)
class Pairing:
    """A comparison that a claim is about: `upper` should be the better one.

    Attributes:
        upper, lower: the contenders.
        comparison: upper minus lower.
        missed, trials: seeds in which upper did not reach its goal, of how many.
    """

    upper: Contender
    lower: Contender
    comparison: Comparison
    missed: int = 0
    trials: int = 0

    @property
    def agrees(self) -> bool:
        """Whether it goes the claimed way, however little."""
        return self.comparison.advantage > 0 and not self.lost

    @property
    def contradicts(self) -> bool:
        """Whether it goes the other way, however little."""
        return self.comparison.advantage < 0 or self.lost

    @property
    def lost(self) -> bool:
        """The goal was missed at least as often as reached, on two seeds or more."""
        return self.trials >= 2 and 2 * self.missed >= self.trials


@dataclass(frozen=True)
class Judgement:
    """An outcome, its explanation, and the comparison that decided it, with the p value that did."""

    outcome: Outcome
    explanation: str
    decisive: Comparison | None = None
    p: float = math.nan


def judge_all(pairings: Sequence[Pairing], missing: Sequence[str] = ()) -> Judgement:
    """The outcome of "each of these is better", where `missing` names what has no results."""
    if not pairings:
        return Judgement("not testable at this scale", wording.missing(missing))
    corrected = correct(pairing.comparison for pairing in pairings)
    pairings = [replace(pairing, comparison=c) for pairing, c in zip(pairings, corrected, strict=True)]
    agree, contradict = [p for p in pairings if p.agrees], [p for p in pairings if p.contradicts]
    supported = [p for p in agree if p.comparison.over_seeds.p < ALPHA and not p.missed]
    refuted = [p for p in contradict if p.comparison.significant or p.lost]
    untested = [p for p in pairings if math.isnan(p.comparison.over_seeds.p) and p not in refuted]
    unclear = [p for p in pairings if p not in supported and p not in untested]
    outcome: Outcome
    if refuted:
        outcome, decisive = "not reproduced", min(refuted, key=_clarity)
    elif unclear:
        outcome, decisive = "within noise", min(unclear, key=_clarity)
    elif untested:
        outcome, decisive = "not testable at this scale", untested[0]
    else:
        outcome, decisive = "not testable at this scale" if missing else "reproduced", min(supported, key=_clarity)
    tally = ""
    if len(pairings) > 1 and len(untested) < len(pairings):
        tally = wording.tally(len(pairings), len(agree), len(supported), len(contradict), len(refuted)) + " "
    lead = "No test is possible" if decisive in untested else "Largest counter-example"
    lead = "Weakest support" if decisive in agree and decisive not in untested else lead
    p = decisive.comparison.over_seeds.p if decisive in agree else decisive.comparison.p_adjusted
    said = sentence(decisive, p)
    explained = f"{tally}{lead}: {said}" if tally or decisive in untested else wording.capitalised(said)
    explained += wording.power(decisive.comparison) if outcome == "within noise" else ""
    absent = f" {wording.missing(missing)}" if missing else ""
    return Judgement(outcome, explained + absent, decisive.comparison, p)


def judge_best(comparison: Comparison, upper: str, lower: str) -> Judgement:
    """The outcome of "significantly better than the best baseline"; the two by their titles."""
    said = wording.difference(upper, f"{lower}, the best baseline,", comparison, comparison.p_adjusted)
    if math.isnan(comparison.p_adjusted):
        return Judgement("not testable at this scale", f"No test is possible: {said}.", comparison)
    if comparison.significant:
        outcome: Outcome = "reproduced" if comparison.significantly_better else "not reproduced"
        return Judgement(outcome, f"{said}.", comparison, comparison.p_adjusted)
    return Judgement("within noise", f"{said}.{wording.power(comparison)}", comparison, comparison.p_adjusted)


def judge_number(low: float, high: float, value: float, tolerance: float, direction: str) -> Outcome:
    """The outcome of an interval [low, high] beside the paper's value; NaN limits cannot be judged."""
    if math.isnan(low) or math.isnan(high):
        return "not testable at this scale"
    floor = -math.inf if direction == "at most" else value - tolerance
    ceiling = math.inf if direction == "at least" else value + tolerance
    if floor <= low and high <= ceiling:
        return "reproduced"
    return "not reproduced" if high < floor or low > ceiling else "within noise"


def _clarity(pairing: Pairing) -> float:
    return pairing.comparison.clarity


def sentence(pairing: Pairing, p: float) -> str:
    """Where, who is better, by how much, how surely; `p` is the p value that decides."""
    missed = f"goal not reached with {pairing.missed} of {wording.seeds(pairing.trials)}" if pairing.missed else ""
    names = pairing.upper.title, pairing.lower.title
    place = wording.where(pairing.comparison.place)
    return f"{place}, {wording.difference(*names, pairing.comparison, p, missed)}."
