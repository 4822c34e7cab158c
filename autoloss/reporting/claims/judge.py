"""The rules by which comparisons and numbers become an outcome.

Significance is one thing everywhere: p < 0.05 in a two-sided t-test paired by seed. What differs is the correction.

- "Significantly better than the best baseline" is the star of the table: p after Holm's correction over its family.
- "Better than each of these, everywhere" is reproduced when every comparison is significantly right by its own test:
  to ask that of all is already stricter than to correct each (an intersection-union test). It is not reproduced when
  one is significantly the other way round; as one of many can be so by chance, that takes p < 0.05 after Holm's
  correction over the comparisons of the claim. All else is within noise.
- A gain in logloss counts only if it is there after calibration as well. A loss is judged by the raw logloss, which is
  the paper's metric; what is left of it after calibration is said beside it.
- A number is reproduced when the whole 95 % interval over seeds lies within the paper's ± tolerance, not reproduced
  when it lies wholly outside, and within noise when it straddles the edge.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autoloss.reporting import labels
from autoloss.reporting.claims import wording
from autoloss.reporting.claims.claim import Contender
from autoloss.reporting.claims.verdict import UNTESTABLE, Outcome
from autoloss.reporting.comparisons import ALPHA, Comparison, correct

BETTER_CALIBRATED = "So the gain is one of calibration alone."


@dataclass(frozen=True)
class Pairing:
    """A comparison that a claim is about: `upper` should be the better one.

    Attributes:
        upper, lower: the contenders.
        comparison: upper minus lower.
        calibrated: the same after calibration, for a metric that calibration changes.
        missed, trials: seeds in which upper did not reach its goal, of how many.
    """

    upper: Contender
    lower: Contender
    comparison: Comparison
    calibrated: Comparison | None = None
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
    def supported(self) -> bool:
        """Whether it goes the claimed way significantly by its own test, and still does after calibration."""
        return self.agrees and not self.missed and all(c.over_seeds.p < ALPHA and c.advantage > 0 for c in self._both)

    @property
    def refuted(self) -> bool:
        """Whether it goes the other way significantly after correction."""
        return self.contradicts and (self.comparison.significant or self.lost)

    @property
    def lost(self) -> bool:
        """The goal was missed at least as often as reached, on two seeds or more."""
        return self.trials >= 2 and 2 * self.missed >= self.trials

    @property
    def untested(self) -> bool:
        """Whether no test is possible."""
        return math.isnan(self.comparison.over_seeds.p) and not self.refuted

    @property
    def clarity(self) -> float:
        """How clearly it goes the claimed way, in standard errors."""
        return min(c.clarity for c in self._both)

    @property
    def p(self) -> float:
        """The p value that decides: its own where it agrees with the claim, else that after correction."""
        return self.comparison.over_seeds.p if self.agrees else self.comparison.p_adjusted

    @property
    def _both(self) -> list[Comparison]:
        return [self.comparison, *([self.calibrated] if self.calibrated else [])]


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
        return Judgement(UNTESTABLE, wording.missing(missing))
    corrected = correct(pairing.comparison for pairing in pairings)
    pairings = [replace(pairing, comparison=c) for pairing, c in zip(pairings, corrected, strict=True)]
    refuted, untested = [p for p in pairings if p.refuted], [p for p in pairings if p.untested]
    unclear = [p for p in pairings if not p.supported and not p.untested]
    outcome: Outcome
    if refuted:
        outcome, decisive = "not reproduced", min(refuted, key=lambda p: p.clarity)
    elif unclear:
        outcome, decisive = "within noise", min(unclear, key=lambda p: p.clarity)
    elif untested:
        outcome, decisive = UNTESTABLE, untested[0]
    else:
        outcome, decisive = UNTESTABLE if missing else "reproduced", min(pairings, key=lambda p: p.clarity)
    absent = f" {wording.missing(missing)}" if missing else ""
    power = wording.power(decisive.comparison) if outcome == "within noise" and not _calibration_alone(decisive) else ""
    return Judgement(outcome, _explained(pairings, decisive) + power + absent, decisive.comparison, decisive.p)


def _explained(pairings: Sequence[Pairing], decisive: Pairing) -> str:
    """How many comparisons agree, and the one that decides."""
    said = sentence(decisive, decisive.p)
    if decisive.untested:
        lead = "No test is possible: "
    elif len(pairings) == 1:
        return wording.capitalised(said)
    else:
        lead = "Weakest support: " if decisive.agrees else "Largest counter-example: "
    if all(p.untested for p in pairings):
        return lead + said
    agree, supported = sum(p.agrees for p in pairings), sum(p.supported for p in pairings)
    contradict, refuted = sum(p.contradicts for p in pairings), sum(p.refuted for p in pairings)
    return f"{wording.tally(len(pairings), agree, supported, contradict, refuted)} {lead}{said}"


def judge_best(comparison: Comparison, calibrated: Comparison | None = None) -> Judgement:
    """The outcome of "significantly better than the best baseline".

    Args:
        comparison: with the best baseline.
        calibrated: the same after calibration, for a metric that calibration changes. A gain that it takes away is
            one of calibration, and the claim is within noise; one that it turns round is not reproduced.
    """
    said = _against_best(comparison)
    if math.isnan(comparison.p_adjusted):
        return Judgement(UNTESTABLE, f"No test is possible: {said}", comparison)
    outcome: Outcome = "within noise"
    if comparison.significant:
        outcome = "reproduced" if comparison.significantly_better else "not reproduced"
    said += (wording.power(comparison) if outcome == "within noise" else "") + wording.over_both(comparison)
    if calibrated and calibrated.baseline:
        said += f" {_against_best(calibrated)}"
        if outcome == "reproduced" and not calibrated.significantly_better:
            said += f" {BETTER_CALIBRATED}"
            outcome = "not reproduced" if calibrated.significant else "within noise"
    return Judgement(outcome, said, comparison, comparison.p_adjusted)


def _against_best(comparison: Comparison) -> str:
    upper, lower = labels.title(comparison.method), labels.title(comparison.baseline or "")
    return wording.difference(upper, f"{lower}, the best baseline,", comparison, comparison.p_adjusted) + "."


def _calibration_alone(pairing: Pairing) -> bool:
    """Whether a significant gain is lost by calibration."""
    return pairing.agrees and pairing.p < ALPHA and not pairing.missed and not pairing.supported


def judge_number(low: float, high: float, value: float, tolerance: float, direction: str) -> Outcome:
    """The outcome of an interval [low, high] beside the paper's value; NaN limits cannot be judged."""
    if math.isnan(low) or math.isnan(high):
        return "not testable at this scale"
    floor = -math.inf if direction == "at most" else value - tolerance
    ceiling = math.inf if direction == "at least" else value + tolerance
    if floor <= low and high <= ceiling:
        return "reproduced"
    return "not reproduced" if high < floor or low > ceiling else "within noise"


def sentence(pairing: Pairing, p: float) -> str:
    """Where, who is better, by how much, how surely; `p` is the p value that decides."""
    missed = f"goal not reached with {pairing.missed} of {wording.seeds(pairing.trials)}" if pairing.missed else ""
    names = pairing.upper.title, pairing.lower.title
    place = wording.where(pairing.comparison.place)
    said = f"{place}, {wording.difference(*names, pairing.comparison, p, missed)}."
    if pairing.calibrated is None:
        return said
    said += f" {wording.difference(*names, pairing.calibrated, pairing.calibrated.over_seeds.p)}."
    return f"{said} {BETTER_CALIBRATED}" if _calibration_alone(pairing) else said
