"""Holds the paper's claims against our results: `verify(load_claims(), results)`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autoloss.data.facts import Facts
from autoloss.errors import UserError
from autoloss.reporting import labels
from autoloss.reporting.claims.checks import Evidence, check
from autoloss.reporting.claims.claim import Claim, DatasetClaim, UntestedClaim
from autoloss.reporting.claims.scores import Scores
from autoloss.reporting.claims.verdict import Verdict
from autoloss.reporting.results import Result


def verify(
    claims: Sequence[Claim],
    results: Sequence[Result],
    datasets: Mapping[str, Facts] | None = None,
    training: str = "paper",
) -> list[Verdict]:
    """One verdict per claim, in the order given.

    Args:
        claims: from `load_claims`. Significance claims are corrected over all of them that are given together.
        results: all at one scale; failed and missing ones may be among them.
        datasets: facts of the encoded data by dataset, for the claims that count rows and values.
        training: the regime (a name under `training` in params.yaml) that is judged.

    Raises:
        UserError: the results are of several scales.
    """
    scales = sorted({r.scale for r in results})
    if len(scales) > 1:
        raise UserError(f"claims: expected results of one scale, found {' and '.join(scales)}")
    evidence = Evidence(Scores(results, training), datasets or {}, claims)
    synthetic = {name for name, known in evidence.datasets.items() if known.source.kind == "synthetic"}
    generated = {r.cell_id: r.dataset for r in results if r.dataset in synthetic}
    verdicts = []
    for claim in claims:
        verdict = check(claim, evidence)
        names = {generated[cell] for cell in verdict.cells if cell in generated}
        if isinstance(claim, DatasetClaim):
            names |= {claim.dataset} & synthetic
        verdicts.append(_withdrawn(claim, verdict, scales[0] if scales else None, sorted(names)))
    return verdicts


def _withdrawn(claim: Claim, verdict: Verdict, scale: str | None, synthetic: Sequence[str]) -> Verdict:
    """The verdict, unless this scale or generated data cannot give one; what was measured is said all the same."""
    if isinstance(claim, UntestedClaim) or "demo" in claim.scales or (scale is None and verdict.n == 0):
        return verdict
    if scale not in claim.scales:
        reason = claim.elsewhere
    elif synthetic:
        reason = f"The data of {', '.join(labels.title(name) for name in synthetic)} are generated, not the real ones."
    else:
        return verdict
    measured = f" What was measured: {verdict.explanation}" if verdict.n else ""
    return replace(verdict, verdict="not testable at this scale", explanation=f"{reason}{measured}")
