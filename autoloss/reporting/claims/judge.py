"""The rules by which numbers become an outcome, and the sentence that says why.

Comparisons. A conjunction ("better than each of these, in every cell") is reproduced when every comparison is clearly
right by its own paired t-test: asking that of all is already stricter than correcting each. It is not reproduced when
one is clearly the other way round, and as any of many could be so by chance, that takes p < .05 after Holm. Clear
means also: a difference not smaller than what these seeds detect with probability .8. All else is within noise.

Numbers. One is reproduced when the whole 95 % interval over seeds lies within the paper's ± tolerance, not reproduced
when it lies wholly outside, and within noise when it straddles the edge.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autoloss.reporting.claims.verdict import Outcome
from autoloss.reporting.statistics import Comparison, holm, seeds_needed

ALPHA = 0.05


@dataclass(frozen=True)
class Pair:
    """Two contenders at one place.

    Attributes:
        label: who against whom, where.
        comparison: of the one that should be better with the other.
        higher_is_better: of the measure.
        ratio: the comparison is one of logarithms.
        missed, trials: seeds in which the first one did not reach its goal, of how many.
    """

    label: str
    comparison: Comparison
    higher_is_better: bool
    ratio: bool = False
    missed: int = 0
    trials: int = 0

    @property
    def advantage(self) -> float:
        """The difference, positive where the first one is better."""
        return self.comparison.difference if self.higher_is_better else -self.comparison.difference

    @property
    def clarity(self) -> float:
        """The advantage in standard errors: the smaller, the less it supports the claim."""
        if math.isnan(self.comparison.p):
            return -math.inf
        if self.comparison.std == 0:
            return 0.0
        return self.advantage / self.comparison.std * math.sqrt(self.comparison.n)


@dataclass(frozen=True)
class Finding:
    """An outcome, its sentence, and the comparison that decided it, with its p value."""

    outcome: Outcome
    explanation: str
    pair: Pair | None = None
    p: float = math.nan


def judge_all(pairs: Sequence[Pair], missing: Sequence[str] = ()) -> Finding:
    """The outcome of "each of `pairs` is better", where `missing` says what has no results."""
    if not pairs:
        return Finding("not testable at this scale", f"There are no results of {listed(missing)}.")
    raw = [pair.comparison.p for pair in pairs]
    adjusted = holm(raw)
    wrong = [k for k, pair in enumerate(pairs) if pair.advantage < 0 and _clear(pair, adjusted[k]) or _lost(pair)]
    right = [k for k, pair in enumerate(pairs) if pair.advantage > 0 and _clear(pair, raw[k]) and not pair.missed]
    untested = [k for k, pair in enumerate(pairs) if math.isnan(raw[k]) and k not in wrong]
    tally = _tally(pairs, right, wrong)
    absent = f" There are no results of {listed(missing)}." if missing else ""
    if wrong:
        k = min(wrong, key=lambda k: pairs[k].clarity)
        explanation = f"{tally('Most clearly against it')}: {describe(pairs[k], adjusted[k])}."
        return Finding("not reproduced", explanation + absent, pairs[k], adjusted[k])
    undecided = [k for k in range(len(pairs)) if k not in right and k not in untested]
    if undecided:
        k = min(undecided, key=lambda k: pairs[k].clarity)
        against = pairs[k].advantage < 0
        p = adjusted[k] if against else raw[k]  # what would have to be small for it to be clear
        lead = tally("Most against it" if against else "The least clear")
        return Finding("within noise", f"{lead}: {describe(pairs[k], p)}{_needed(pairs[k])}.{absent}", pairs[k], p)
    if untested:
        of = f"{len(untested)} of {len(pairs)} comparisons" if len(pairs) > 1 else "the one comparison"
        explanation = f"No test is possible in {of}: {describe(pairs[untested[0]], math.nan)}."
        return Finding("not testable at this scale", explanation + absent, pairs[untested[0]])
    k = min(right, key=lambda k: pairs[k].clarity)
    explanation = f"{tally('The least clear')}: {describe(pairs[k], raw[k])}."
    return Finding("not testable at this scale" if missing else "reproduced", explanation + absent, pairs[k], raw[k])


def _tally(pairs: Sequence[Pair], right: Sequence[int], wrong: Sequence[int]) -> Callable[[str], str]:
    """How many comparisons go the claimed way and the other way, and how many of each clearly.

    Returns:
        A function of the words that introduce one of several comparisons, after which that comparison follows.
    """
    back = [k for k, pair in enumerate(pairs) if pair.advantage < 0 or _lost(pair)]
    forth = [k for k, pair in enumerate(pairs) if pair.advantage > 0 and k not in back]
    ways = [(len(forth), len(right), "the claimed way"), (len(back), len(wrong), "the other way")]
    ways = [way for way in (*ways, (len(pairs) - len(forth) - len(back), 0, "neither way")) if way[0]]
    if len(pairs) == 1:
        return lambda words: f"The one comparison goes {ways[0][2]}, {'clearly' if ways[0][1] else 'but not clearly'}"
    said = [f"{count} {way} ({clear or 'none'} clearly)" for count, clear, way in ways]
    if len(ways) == 1:
        count, clear, way = ways[0]
        many = f"All {count} comparisons go {way} ({'all' if clear == count else clear or 'none'} clearly)"
    else:
        many = f"Of {len(pairs)} comparisons, {said[0].replace(' ', ' go ', 1)} and {', '.join(said[1:])}"
    return lambda words: f"{many}. {words}"


def judge_one(pair: Pair, p: float) -> Finding:
    """The outcome of a single comparison whose p value was corrected together with others."""
    sentence = describe(pair, p)
    if math.isnan(p):
        return Finding("not testable at this scale", f"No test is possible: {sentence}.", pair)
    if _clear(pair, p):
        return Finding("reproduced" if pair.advantage > 0 else "not reproduced", f"{sentence}.", pair, p)
    return Finding("within noise", f"{sentence}{_needed(pair)}.", pair, p)


def judge_number(low: float, high: float, value: float, tolerance: float, direction: str) -> Outcome:
    """The outcome of an interval [low, high] beside the paper's value; NaN limits cannot be judged."""
    if math.isnan(low) or math.isnan(high):
        return "not testable at this scale"
    floor = -math.inf if direction == "at most" else value - tolerance
    ceiling = math.inf if direction == "at least" else value + tolerance
    if floor <= low and high <= ceiling:
        return "reproduced"
    return "not reproduced" if high < floor or low > ceiling else "within noise"


def describe(pair: Pair, p: float) -> str:
    """The comparison in words: difference, seeds, spread, p, what could be detected."""
    c = pair.comparison
    amount = f"{math.exp(c.difference):.2f} times" if pair.ratio else signed(c.difference)
    facts = [{1: "better", -1: "worse"}[1 if pair.advantage > 0 else -1]] if pair.advantage else []
    facts.append(seeds(c.n))
    if pair.missed:
        facts.append(f"the goal was not reached in {pair.missed} of {pair.trials}")
    if c.n >= 2:
        of = "log ratios" if pair.ratio else "differences"
        facts.append(f"standard deviation of the {of} {c.std:.2g}")
    if not math.isnan(p):
        facts.append(f"p = {p:.2g}{' after Holm’s correction' if p > c.p else ''}")
    if not math.isnan(c.detectable):
        least = f"{math.exp(c.detectable) - 1:.1%}" if pair.ratio else f"{c.detectable:.2g}"
        facts.append(f"smallest detectable difference {least}")
    if math.isnan(p):
        facts.append("one seed shows no spread" if c.n == 1 else "no spread, so no test" if c.n else "none in common")
    return f"{pair.label} {amount} ({', '.join(facts)})"


def signed(number: float, digits: int = 5) -> str:
    """+0.00110, −0.00332."""
    return f"{number:+.{digits}f}".replace("-", "−")


def seeds(n: int) -> str:
    """1 seed, 5 seeds."""
    return f"{n} seed{'s' * (n != 1)}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """The first few names, and how many more."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _clear(pair: Pair, p: float) -> bool:
    return p < ALPHA and abs(pair.comparison.difference) >= pair.comparison.detectable


def _lost(pair: Pair) -> bool:
    """The goal was missed at least as often as reached, on two seeds or more."""
    return pair.trials >= 2 and 2 * pair.missed >= pair.trials


def _needed(pair: Pair) -> str:
    needed = seeds_needed(pair.comparison.difference, pair.comparison.std)
    if needed is None or needed <= pair.comparison.n:
        return ""
    return f"; it would take about {needed} seeds to show a true difference of that size"
