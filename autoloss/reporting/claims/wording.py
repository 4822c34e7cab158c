"""The sentences of verdicts."""

import math
from collections.abc import Sequence

from autoloss.reporting import labels
from autoloss.reporting.comparisons import ALPHA, TIMES, Comparison, correction, phrase
from autoloss.reporting.groups import Place
from autoloss.statistics import seeds_needed

CORRECTED = " after Holm's correction"


def difference(upper: str, lower: str, comparison: Comparison, p: float, missed: str = "") -> str:
    """`AutoLoss is better than CE by 0.00100 in AUC (95 % confidence interval 0.00080 to 0.00120, 5 seeds, p < 0.001)`.

    Args:
        upper, lower: the two methods' titles.
        comparison: upper minus lower.
        p: the p value that decides; one larger than that of the test itself was corrected.
        missed: what else is known of the first one.
    """
    found = comparison.over_seeds
    facts = [f"95 % confidence interval {_interval(comparison)}"] if found.n > 1 and found.std > 0 else []
    facts += [seeds(found.n) if found.n else "no seed in common", *([missed] if missed else [])]
    facts += [_p(comparison, p)] if not math.isnan(p) else ["the same difference with each"] if found.n > 1 else []
    unsure = ", but not significantly" if comparison.advantage and p >= ALPHA else ""
    return f"{_amount(upper, lower, comparison)}{unsure} ({', '.join(facts)})"


def power(comparison: Comparison) -> str:
    """What these seeds can detect, and how many seeds a difference of this size would need; empty where not known."""
    found = comparison.over_seeds
    if math.isnan(found.detectable):
        return ""
    least = f"{math.exp(found.detectable) - 1:.0%}".replace("%", " %") if comparison.metric in TIMES else None
    detected = f" With 80 % power, {seeds(found.n)} detect a difference of {least or f'{found.detectable:.2g}'}"
    needed = seeds_needed(found.difference, found.std)
    return f"{detected}{f'; one of this size would need about {needed}' if needed and needed > found.n else ''}."


def over_both(comparison: Comparison) -> str:
    """The interval that also covers the choice of test rows; empty where that is not known."""
    found = comparison.over_both
    if found is None or math.isnan(found.se):
        return ""
    ends = _ends(comparison, found.low, found.high)
    return f" Over seeds and test rows together, the 95 % confidence interval is {ends}."


def tally(total: int, agree: int, clearly: int, contradict: int, clearly_not: int) -> str:
    """How many of several comparisons agree with a claim and contradict it, and how many of each significantly.

    Those that agree are counted by their own tests, those that contradict after correction (see `judge`).
    """
    every = "Both" if total == 2 else f"All {total}"
    if agree == total:
        return f"{every} comparisons agree with the claim {_significantly(clearly, agree)}."
    if contradict == total:
        return f"{every} comparisons contradict the claim {_significantly(clearly_not, contradict, CORRECTED)}."
    verb = "agrees" if agree == 1 else "agree"
    said = f"{agree} of {total} comparisons {verb} with the claim {_significantly(clearly, agree)}".rstrip()
    if contradict:
        verb = "contradicts" if contradict == 1 else "contradict"
        said += f"; {contradict} {verb} it {_significantly(clearly_not, contradict, CORRECTED)}"
    return f"{said}."


def saving(share: float) -> str:
    """A share of time saved: `40 % less`, `25 % more`, `22 times as much`."""
    if share < -1:
        return f"{1 - share:.0f} times as much"
    return f"{abs(share):.0%} {'less' if share >= 0 else 'more'}".replace("%", " %")


def capitalised(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]


def where(place: Place) -> str:
    """`on Criteo with DeepFM`."""
    return f"on {labels.title(place.dataset)} with {labels.title(place.model)}"


def seeds(n: int) -> str:
    """1 seed, 5 seeds."""
    return f"{n} seed{'s' * (n != 1)}"


def missing(what: Sequence[str], most: int = 4) -> str:
    """`No results for SLF, BOHB and 3 more.`"""
    shown, rest = list(what[:most]), len(what) - most
    last = [f"{rest} more"] if rest > 0 else [shown.pop()]
    return f"No results for {' and '.join(filter(None, [', '.join(shown), *last]))}."


def _amount(upper: str, lower: str, comparison: Comparison) -> str:
    metric = phrase(comparison.metric)
    if comparison.metric in TIMES:
        share = saving(1 - math.exp(comparison.over_seeds.difference))
        return f"{upper} takes {share} {metric} {'as' if share.endswith('much') else 'than'} {lower}"
    if comparison.over_seeds.n and not comparison.advantage:
        return f"{upper} equals {lower} in {metric}"
    way = "better" if comparison.advantage > 0 else "worse"
    return f"{upper} is {way} than {lower} by {abs(comparison.advantage):.5f} in {metric}"


def _interval(comparison: Comparison) -> str:
    """The interval, with the sign of the sentence: of the amount by which one is better, or worse."""
    found = comparison.over_seeds
    if comparison.metric in TIMES:
        ends = (found.low, found.high) if found.difference > 0 else (found.high, found.low)
        return " to ".join(saving(1 - math.exp(end)) for end in ends)
    return _ends(comparison, found.low, found.high)


def _ends(comparison: Comparison, low: float, high: float) -> str:
    if comparison.over_seeds.difference < 0:
        low, high = -high, -low
    return f"{low:.5f} to {high:.5f}".replace("-", "−")


def _significantly(some: int, count: int, after: str = "") -> str:
    if count <= 1:
        return ("", f"(significantly{after})" if some else f"(not significantly{after})")[count]
    every = "both" if count == 2 else "all"
    return f"({every if some == count else some or 'none'} significantly{after})"


def _p(comparison: Comparison, p: float) -> str:
    text = "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
    corrected = correction(comparison) if p > comparison.over_seeds.p else ""
    return f"{text} {corrected}".rstrip()
