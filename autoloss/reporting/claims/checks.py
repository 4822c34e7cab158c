"""One function for each kind of claim: from the results to a verdict."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

from autoloss.data.facts import Facts
from autoloss.reporting import labels
from autoloss.reporting.claims import wording
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
from autoloss.reporting.claims.evidence import Evidence
from autoloss.reporting.claims.judge import Judgement, Pairing, judge_all, judge_best, judge_number, sentence
from autoloss.reporting.claims.scores import Sample, paired
from autoloss.reporting.claims.verdict import UNTESTABLE, Outcome, Verdict
from autoloss.reporting.comparisons import TIMES, Comparison, compared, higher_is_better
from autoloss.reporting.groups import Place
from autoloss.statistics import summarise


def check(claim: Claim, evidence: Evidence) -> Verdict:
    """The verdict on one claim, whatever the scale."""
    return _CHECKS[type(claim)](claim, evidence)


def _value(claim: ValueClaim, evidence: Evidence) -> Verdict:
    sample = evidence.sample(claim.method, claim)
    ours = summarise(sample.values.values())
    if ours.n == 0:
        return _missing(claim, [labels.title(claim.method)], [sample], claim.value)
    outcome = judge_number(ours.low, ours.high, claim.value, claim.tolerance, claim.direction)
    spread = "so no confidence interval"
    if ours.n > 1:
        spread = f"standard deviation {ours.std:.5f}, 95 % confidence interval {ours.low:.4f} to {ours.high:.4f}"
    bound = "" if claim.direction == "equal" else f"{claim.direction} "
    explanation = (
        f"The mean is {ours.mean:.4f} ({wording.seeds(ours.n)}, {spread}). "
        f"The paper reports {bound}{claim.value:.4f}; we accept ± {claim.tolerance:g}."
    )
    return _verdict(claim, outcome, explanation, [sample], claim.value, ours=ours.mean, n=ours.n, std=ours.std)


def _dataset(claim: DatasetClaim, evidence: Evidence) -> Verdict:
    known = evidence.datasets.get(claim.dataset)
    if known is None:
        return _missing(claim, [f"the encoded data of {labels.title(claim.dataset)}"], [], claim.value)
    counted = _count(claim.quantity, known)
    outcome: Outcome = "reproduced" if abs(counted - claim.value) <= claim.tolerance else "not reproduced"
    explanation = f"We count {counted:,} {claim.quantity}; the paper reports {claim.value:,}."
    return _verdict(claim, outcome, explanation, [], claim.value, ours=float(counted), n=1)


def _count(quantity: str, known: Facts) -> int:
    if quantity == "rows":
        return known.rows
    if quantity == "classes":
        return len(known.class_shares["train"])
    return len(known.field_sizes) if quantity == "fields" else known.n_features


def _star(claim: StarClaim, evidence: Evidence) -> Verdict:
    gain = claim.gain(higher_is_better(claim.metric))
    samples = {method: evidence.sample(method, claim) for method in claim.paper}
    comparison = evidence.headline.get((evidence.ours(claim.dataset), claim.model, claim.metric))
    if comparison is None or comparison.baseline is None:
        lacking = "a baseline with the same seeds" if samples[claim.method].values else labels.title(claim.method)
        return _missing(claim, [lacking], [*samples.values()], gain)
    judged = judge_best(comparison, evidence.calibrated(comparison))
    found, outcome = comparison.over_seeds, judged.outcome
    outside = "" if math.isnan(found.low) or found.low <= gain <= found.high else ", outside the interval over seeds"
    explanation = f"{judged.explanation} The paper's gain is {abs(gain):.4f}{outside}."
    ours = samples[claim.method].values.keys()
    absent = [labels.title(method) for method, sample in samples.items() if not ours & sample.values.keys()]
    if absent:
        explanation += f" {wording.missing(absent)}"
        outcome = UNTESTABLE if outcome == "reproduced" else outcome
    return _judged(claim, Judgement(outcome, explanation, comparison, judged.p), [*samples.values()], gain)


def _order(claim: OrderClaim, evidence: Evidence) -> Verdict:
    named = bool(claim.datasets and claim.models)
    contenders = [c for group in claim.order for c in group]
    pairings: list[Pairing] = []
    missing: list[str] = []
    samples: list[Sample] = []
    datasets = [evidence.ours(name) for name in claim.datasets]
    source_dataset = claim.source_dataset and evidence.ours(claim.source_dataset)
    places = evidence.scores.places(datasets, claim.models)
    real = [place for place in places if not evidence.synthetic(place.dataset)]
    if real and len(real) < len(places):  # what real rows refute is refuted; they alone cannot confirm all of it
        missing += [f"real rows of {labels.title(n)}" for n in claim.datasets if evidence.synthetic(evidence.ours(n))]
        places = real
    for place, metric in product(places, claim.metrics):
        source = Place(source_dataset or place.dataset, claim.source_model or place.model)
        found = {c: evidence.scores.sample(c, place, metric, source) for c in contenders}
        if not named and not all(sample.values for sample in found.values()):
            continue  # the claim does not say where: only places with every contender count
        samples += found.values()
        missing += [f"{c.title} {wording.where(place)}" for c, sample in found.items() if not sample.values]
        rivals = [rival for upper, lower in pairwise(claim.order) for rival in product(upper, lower)]
        for pair in (pair for pair in rivals if all(found[c].values for c in pair)):
            calibrated = evidence.calibrated_pair(pair, place, metric, source)
            pairings.append(replace(_pairing(place, metric, *pair, found), calibrated=calibrated))
    if not pairings and not missing:
        missing = [f"{', '.join(c.title for c in contenders)}, all on the same dataset and model"]
    return _judged(claim, judge_all(pairings, list(dict.fromkeys(missing))), samples)


def _pairing(place: Place, metric: str, a: Contender, b: Contender, found: Mapping[Contender, Sample]) -> Pairing:
    looks = max(found[a].looks, found[b].looks, key=len)
    comparison = compared(place, metric, a.method, paired(metric, found[a]), b.method, paired(metric, found[b]), looks)
    return Pairing(a, b, comparison, missed=len(found[a].unreached), trials=len(found[a].values))


def _saving(claim: SavingClaim, evidence: Evidence) -> Verdict:
    found: list[tuple[Outcome, Pairing]] = []
    samples: list[Sample] = []
    for place in evidence.scores.places():
        here = {c: evidence.scores.sample(c, place, claim.metric) for c in (claim.method, claim.reference)}
        if all(sample.values for sample in here.values()):
            samples += here.values()
            pairing = _pairing(place, claim.metric, claim.method, claim.reference, here)
            times = pairing.comparison.over_seeds
            low, high = 1 - math.exp(times.high), 1 - math.exp(times.low)
            found.append((judge_number(low, high, claim.value, claim.tolerance, claim.direction), pairing))
    if not found:
        return _missing(claim, [f"the times of {claim.method.title} and {claim.reference.title}"], samples, claim.value)
    # A claim that does not say where must hold wherever it was measured: the worst place speaks.
    outcome, worst = max(found, key=lambda judged: _SEVERITY.index(judged[0]))
    times, machines = worst.comparison.over_seeds, len(evidence.scores.machines)
    explanation = (
        f"{wording.capitalised(sentence(worst, times.p))} The paper reports {wording.saving(claim.value)}; "
        f"we accept ± {100 * claim.tolerance:.0f} points."
    )
    explanation += f" There are timings of {machines} machines; those of one are judged." if machines > 1 else ""
    return _verdict(claim, outcome, explanation, samples, claim.value, **_numbers(worst.comparison))


def _untested(claim: UntestedClaim, _evidence: Evidence) -> Verdict:
    return _verdict(claim, UNTESTABLE, claim.elsewhere, [])


def _missing(claim: Claim, what: Sequence[str], samples: Sequence[Sample], paper: float | None = None) -> Verdict:
    return _verdict(claim, UNTESTABLE, wording.missing(what), samples, paper)


def _judged(claim: Claim, judged: Judgement, samples: Sequence[Sample], paper: float | None = None) -> Verdict:
    """The verdict on comparisons: its numbers are those of the one that decided."""
    if judged.decisive is None:
        return _verdict(claim, judged.outcome, judged.explanation, samples, paper)
    return _verdict(claim, judged.outcome, judged.explanation, samples, paper, p=judged.p, **_numbers(judged.decisive))


def _numbers(comparison: Comparison) -> dict[str, Any]:
    """The difference, its spread and the detectable one; of times, which are compared as logarithms, shares saved."""
    found = comparison.over_seeds
    if comparison.metric not in TIMES:
        return {"ours": found.difference, "n": found.n, "std": found.std, "detectable": found.detectable}
    ratio = math.exp(found.difference)
    least = 1 - math.exp(-found.detectable)
    return {"ours": 1 - ratio, "n": found.n, "std": ratio * found.std, "detectable": least}


def _verdict(
    claim: Claim,
    outcome: Outcome,
    explanation: str,
    samples: Sequence[Sample],
    paper: float | None = None,
    n: int = 0,
    **numbers: float,
) -> Verdict:
    failed = sum(sample.failed for sample in samples)
    note = f" {failed} training run{'s' * (failed > 1)} failed." if failed else ""
    cells = tuple(dict.fromkeys(cell for sample in samples for cell in sample.cells))
    return Verdict(claim.id, claim.text, claim.mark, outcome, explanation + note, paper, n=n, cells=cells, **numbers)


_SEVERITY: tuple[Outcome, ...] = ("reproduced", UNTESTABLE, "within noise", "not reproduced")
_CHECKS: dict[type[Claim], Callable[[Any, Evidence], Verdict]] = {
    ValueClaim: _value,
    DatasetClaim: _dataset,
    StarClaim: _star,
    OrderClaim: _order,
    SavingClaim: _saving,
    UntestedClaim: _untested,
}
