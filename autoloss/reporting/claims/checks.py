"""One function per kind of claim: from the results to a verdict."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, product
from typing import Any

from autoloss.data.facts import Facts
from autoloss.reporting import labels
from autoloss.reporting.claims.claim import (
    Claim,
    Contender,
    DatasetClaim,
    OrderClaim,
    SavingClaim,
    StarClaim,
    UntestedClaim,
    ValueClaim,
)
from autoloss.reporting.claims.judge import Finding, Pair, judge_all, judge_number, judge_one, listed, seeds, signed
from autoloss.reporting.claims.scores import MEASURES, Place, Sample, Scores
from autoloss.reporting.claims.verdict import Outcome, Verdict
from autoloss.reporting.statistics import Block, Starred, compare, star, summarise


class Evidence:
    """What checks look at: numbers by seed, the data's counts, the significance tests of all star claims."""

    def __init__(self, scores: Scores, datasets: Mapping[str, Facts], claims: Sequence[Claim]):
        self.scores, self.datasets = scores, datasets
        self.stars: dict[str, Starred] = {}
        asked = [claim for claim in claims if isinstance(claim, StarClaim)]
        for ours in {claim.method for claim in asked}:
            blocks = [self._block(claim) for claim in asked if claim.method == ours]
            self.stars |= {str(starred.key): starred for starred in star(blocks, ours)}

    def sample(self, method: str, claim: ValueClaim | StarClaim) -> Sample:
        """The numbers of a method that was trained as it stands, at the claim's place."""
        return self.scores.sample(Contender(method=method), Place(claim.dataset, claim.model), claim.metric)

    def _block(self, claim: StarClaim) -> Block:
        values = {method: self.sample(method, claim).values for method in claim.paper}
        return Block(claim.id, values, MEASURES[claim.metric].higher_is_better)


def check(claim: Claim, evidence: Evidence) -> Verdict:
    """The verdict on one claim, whatever the scale."""
    return _CHECKS[type(claim)](claim, evidence)


def _value(claim: ValueClaim, evidence: Evidence) -> Verdict:
    sample = evidence.sample(claim.method, claim)
    ours = summarise(sample.values.values())
    if ours.n == 0:
        return _missing(claim, [labels.title(claim.method)], [sample], claim.value)
    outcome = judge_number(ours.low, ours.high, claim.value, claim.tolerance, claim.direction)
    spread = "one seed shows no spread"
    if ours.n > 1:
        spread = f"standard deviation {ours.std:.5f}, 95 % interval {ours.low:.4f} to {ours.high:.4f}"
    wanted = f"{'' if claim.direction == 'equal' else claim.direction + ' '}{claim.value:.4f} ± {claim.tolerance:g}"
    explanation = f"Ours is {ours.mean:.4f} ({seeds(ours.n)}, {spread}); the paper's, with our tolerance, is {wanted}."
    return _verdict(claim, outcome, explanation, [sample], paper=claim.value, ours=ours.mean, n=ours.n, std=ours.std)


def _dataset(claim: DatasetClaim, evidence: Evidence) -> Verdict:
    known = evidence.datasets.get(claim.dataset)
    if known is None:
        return _missing(claim, [f"the encoded data of {labels.title(claim.dataset)}"], [], claim.value)
    counted = _count(claim.quantity, known)
    outcome = "reproduced" if abs(counted - claim.value) <= claim.tolerance else "not reproduced"
    explanation = f"{counted:,} {claim.quantity}; the paper has {claim.value:,}."
    return _verdict(claim, outcome, explanation, [], paper=claim.value, ours=float(counted), n=1)


def _count(quantity: str, known: Facts) -> int:
    if quantity == "rows":
        return known.rows
    if quantity == "classes":
        return len(known.class_shares["train"])
    return len(known.field_sizes) if quantity == "fields" else known.n_features


def _star(claim: StarClaim, evidence: Evidence) -> Verdict:
    higher, starred = MEASURES[claim.metric].higher_is_better, evidence.stars[claim.id]
    gain, samples = claim.gain(higher), [evidence.sample(method, claim) for method in claim.paper]
    if starred.baseline is None:
        ours = [] if evidence.sample(claim.method, claim).values else [labels.title(claim.method)]
        return _missing(claim, ours or ["a baseline with the same seeds"], samples, gain)
    best = labels.title(starred.baseline)
    pair = Pair(f"{labels.title(claim.method)} minus the best baseline {best}:", starred.comparison, higher)
    finding = judge_one(pair, starred.p_adjusted)
    explanation = f"{finding.explanation} The paper reports {signed(gain, 4)}"
    c = starred.comparison
    if finding.outcome == "within noise" and not c.low <= gain <= c.high:
        explanation += f", which lies outside our 95 % interval, {signed(c.low)} to {signed(c.high)}"
    explanation += "."
    outcome = finding.outcome
    if starred.absent:
        explanation += f" There are no results of {listed([labels.title(m) for m in starred.absent])}."
        outcome = "not testable at this scale" if outcome == "reproduced" else outcome
    return _judged(claim, Finding(outcome, explanation, pair, starred.p_adjusted), samples, gain)


def _order(claim: OrderClaim, evidence: Evidence) -> Verdict:
    places = evidence.scores.places(claim.datasets, claim.models, (claim.source_dataset, claim.source_model))
    named = bool(claim.datasets and claim.models)
    pairs, missing, samples = [], [], []
    for place, metric in product(places, claim.metrics):
        found = {c: evidence.scores.sample(c, place, metric) for group in claim.order for c in group}
        if not named and not all(found[c].values for c in found):
            continue  # the claim does not say where: only places with every contender count
        samples += found.values()
        where = place.title
        missing += [f"{c.title} ({where})" for c, sample in found.items() if not sample.values]
        rivals = [rival for upper, lower in pairwise(claim.order) for rival in product(upper, lower)]
        pairs += [_pair(a, b, found, metric, where) for a, b in rivals if found[a].values and found[b].values]
    if not pairs and not missing:
        missing = [listed([c.title for group in claim.order for c in group], 9) + " side by side"]
    return _judged(claim, judge_all(pairs, list(dict.fromkeys(missing))), samples)


def _pair(a: Contender, b: Contender, found: Mapping[Contender, Sample], metric: str, where: str) -> Pair:
    measure, ours, theirs = MEASURES[metric], found[a], found[b]
    label = f"{a.title} {'against' if measure.ratio else 'minus'} {b.title} on {where}, {measure.label}:"
    values = [_logs(x.values) if measure.ratio else x.values for x in (ours, theirs)]
    return Pair(label, compare(*values), measure.higher_is_better, measure.ratio, len(ours.unreached), len(ours.values))


def _logs(values: Mapping[int, float]) -> dict[int, float]:
    return {seed: math.log(value) for seed, value in values.items() if value > 0}


def _saving(claim: SavingClaim, evidence: Evidence) -> Verdict:
    findings, samples = [], []
    for place in evidence.scores.places((), ()):
        found = {c: evidence.scores.sample(c, place, claim.metric) for c in (claim.method, claim.reference)}
        if all(sample.values for sample in found.values()):
            samples += found.values()
            findings.append(_share(claim, _pair(claim.method, claim.reference, found, claim.metric, place.title)))
    if not findings:
        return _missing(claim, [f"timings of {claim.method.title} and {claim.reference.title}"], samples, claim.value)
    # A claim that does not say where must hold wherever it was measured: the worst place speaks.
    worst = max(findings, key=lambda finding: _SEVERITY.index(finding.outcome))
    c, machines = worst.pair.comparison, len(evidence.scores.machines)
    note = f" Timings of {machines} machines exist; one is judged." if machines > 1 else ""
    ours = 1 - math.exp(c.difference)
    return _verdict(
        claim, worst.outcome, worst.explanation + note, samples, paper=claim.value, ours=ours, n=c.n, std=c.std
    )


def _share(claim: SavingClaim, pair: Pair) -> Finding:
    c = pair.comparison
    low, high = 1 - math.exp(c.high), 1 - math.exp(c.low)
    outcome = judge_number(low, high, claim.value, claim.tolerance, claim.direction)
    spread = f"95 % interval from {_less(low)} to {_less(high)}" if c.n > 1 else "which shows no spread"
    explanation = f"{pair.label} {_less(1 - math.exp(c.difference))} ({seeds(c.n)}, {spread}). "
    explanation += f"The paper says {_less(claim.value)}; ± {100 * claim.tolerance:.0f} points count as reproduced."
    return Finding(outcome, explanation, pair)


def _less(share: float) -> str:
    """A saving in words: 40 % less, 25 % more, 22 times as much."""
    if share < -1:
        return f"{1 - share:.0f} times as much"
    return f"{abs(share):.0%} {'less' if share >= 0 else 'more'}".replace("%", " %")


def _untested(claim: UntestedClaim, _evidence: Evidence) -> Verdict:
    return _verdict(claim, "not testable at this scale", claim.elsewhere, [])


def _missing(claim: Claim, what: Sequence[str], samples: Sequence[Sample], paper: float | None = None) -> Verdict:
    explanation = f"There are no results of {listed(what)}."
    return _verdict(claim, "not testable at this scale", explanation, samples, paper=paper)


def _judged(claim: Claim, finding: Finding, samples: Sequence[Sample], paper: float | None = None) -> Verdict:
    """The verdict on a comparison: its numbers are those of the pair that decided."""
    if finding.pair is None:
        return _verdict(claim, finding.outcome, finding.explanation, samples, paper=paper)
    c = finding.pair.comparison
    numbers = {"ours": c.difference, "n": c.n, "std": c.std, "p": finding.p, "detectable": c.detectable}
    return _verdict(claim, finding.outcome, finding.explanation, samples, paper=paper, **numbers)


def _verdict(claim: Claim, outcome: Outcome, explanation: str, samples: Sequence[Sample], **numbers: Any) -> Verdict:
    failed = sum(sample.failed for sample in samples)
    note = f" {failed} training{'s' * (failed > 1)} failed." if failed else ""
    cells = tuple(dict.fromkeys(cell for sample in samples for cell in sample.cells))
    return Verdict(claim.id, claim.text, claim.mark, outcome, explanation + note, cells=cells, **numbers)


_SEVERITY = ("reproduced", "not testable at this scale", "within noise", "not reproduced")
_CHECKS: dict[type[Claim], Callable[[Any, Evidence], Verdict]] = {
    ValueClaim: _value,
    DatasetClaim: _dataset,
    StarClaim: _star,
    OrderClaim: _order,
    SavingClaim: _saving,
    UntestedClaim: _untested,
}
