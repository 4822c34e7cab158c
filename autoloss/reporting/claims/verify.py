"""Holds the paper's claims against our results: `verify(load_claims(), results, comparisons.paper)`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autoloss.data.facts import Facts
from autoloss.reporting import labels
from autoloss.reporting.claims.checks import check
from autoloss.reporting.claims.claim import Claim, SavingClaim, UntestedClaim
from autoloss.reporting.claims.evidence import Evidence
from autoloss.reporting.claims.scores import Scores
from autoloss.reporting.claims.verdict import UNTESTABLE, Verdict
from autoloss.reporting.comparisons import Comparison, Key
from autoloss.reporting.results import PAPER_TRAINING, Result, one_scale


def verify(
    claims: Sequence[Claim],
    results: Sequence[Result],
    headline: Mapping[Key, Comparison],
    datasets: Mapping[str, Facts] | None = None,
    stand_ins: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """One verdict per claim, in the order given; judged by the training runs at the paper's own settings.

    Args:
        claims: from `load_claims`.
        results: all at one scale; failed and missing ones may be among them.
        headline: AutoLoss against the best baseline, as the overall table stars it.
        datasets: facts of the encoded data by dataset, for the claims that count rows and values.
        stand_ins: {dataset of the paper: the dataset in whose results its claims are tested}.

    Raises:
        UserError: the results are of several scales.
    """
    scale = one_scale(results, "claims")
    evidence = Evidence(Scores(results, PAPER_TRAINING), headline, datasets or {}, stand_ins or {})
    used = {r.cell_id: r.dataset for r in results}
    verdicts = []
    for claim in claims:
        verdict = check(claim, evidence)
        names = list(dict.fromkeys(used[cell] for cell in verdict.cells if cell in used))
        verdicts.append(_withdrawn(claim, _with_stand_ins(claim, verdict, names, evidence), scale, names, evidence))
    return verdicts


def _with_stand_ins(claim: Claim, verdict: Verdict, names: Sequence[str], evidence: Evidence) -> Verdict:
    """The verdict, which also says what real data stand in for the paper's."""
    stands_for = {ours: theirs for theirs, ours in evidence.stand_ins.items() if not evidence.synthetic(ours)}
    notes = [f"{labels.title(n)} stands in for {labels.title(stands_for[n])}." for n in names if n in stands_for]
    if isinstance(claim, SavingClaim) or not notes:  # what a step costs does not depend on whose rows they are
        return verdict
    return replace(verdict, explanation=f"{verdict.explanation} {' '.join(notes)}")


def _withdrawn(claim: Claim, verdict: Verdict, scale: str, names: Sequence[str], evidence: Evidence) -> Verdict:
    """The verdict, unless this scale or synthetic data cannot give one; what was measured stays, for reference."""
    if isinstance(claim, UntestedClaim | SavingClaim) or (not scale and verdict.n == 0):
        return verdict
    synthetic = [name for name in names if evidence.synthetic(name)]
    if scale not in claim.scales:
        reason = claim.elsewhere
    elif synthetic:
        reason = f"The data of {' and '.join(labels.title(name) for name in synthetic)} are synthetic."
    else:
        return verdict
    measured = f" For reference: {verdict.explanation}" if verdict.n else ""
    return replace(verdict, verdict=UNTESTABLE, explanation=f"{reason}{measured}")
