"""The paper's claims (`load_claims`) and the verdict of our results on each of them (`verify`)."""

from autoloss.reporting.claims.claim import Claim
from autoloss.reporting.claims.read import load_claims, load_paper
from autoloss.reporting.claims.verdict import OUTCOMES, Outcome, Verdict
from autoloss.reporting.claims.verify import verify

__all__ = ["OUTCOMES", "Claim", "Outcome", "Verdict", "load_claims", "load_paper", "verify"]
