"""Holds the paper's claims against our results: `verify(load_claims(), results, comparisons.paper)`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autoloss.data.facts import Facts
from autoloss.reporting import labels
from autoloss.reporting.claims.checks import check
from autoloss.reporting.claims.claim import Claim, DatasetClaim, UntestedClaim
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
) -> list[Verdict]:
    """One verdict per claim, in the order given; judged by the training runs at the paper's own settings.

    Args:
        claims: from `load_claims`.
        results: all at one scale; failed and missing ones may be among them.
        headline: AutoLoss against the best baseline, as the overall table stars it.
        datasets: facts of the encoded data by dataset, for the claims that count rows and values.

    Raises:
        UserError: the results are of several scales.
    """
    scale = one_scale(results, "claims")
    evidence = Evidence(Scores(results, PAPER_TRAINING), headline, datasets or {})
    synthetic = {name for name, known in evidence.datasets.items() if known.source.kind == "synthetic"}
    generated = {r.cell_id: r.dataset for r in results if r.dataset in synthetic}
    verdicts = []
    for claim in claims:
        verdict = check(claim, evidence)
        names = {generated[cell] for cell in verdict.cells if cell in generated}
        if isinstance(claim, DatasetClaim):
            names |= {claim.dataset} & synthetic
        verdicts.append(_withdrawn(claim, verdict, scale, sorted(names)))
    return verdicts


def _withdrawn(claim: Claim, verdict: Verdict, scale: str, synthetic: Sequence[str]) -> Verdict:
    """The verdict, unless this scale or synthetic data cannot give one; what was measured stays, for reference."""
    if isinstance(claim, UntestedClaim) or "demo" in claim.scales or (not scale and verdict.n == 0):
        return verdict
    if scale not in claim.scales:
        reason = claim.elsewhere
    elif synthetic:
        reason = f"The data of {' and '.join(labels.title(name) for name in synthetic)} are synthetic."
    else:
        return verdict
    measured = f" For reference: {verdict.explanation}" if verdict.n else ""
    return replace(verdict, verdict=UNTESTABLE, explanation=f"{reason}{measured}")
