"""What our results say of a claim."""

import math
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["reproduced", "within noise", "not reproduced", "not testable at this scale"]
UNTESTABLE: Outcome = "not testable at this scale"
OUTCOMES: tuple[Outcome, ...] = ("reproduced", "within noise", "not reproduced", UNTESTABLE)


@dataclass(frozen=True)
class Verdict:
    """What our results say of one claim.

    Attributes:
        id, text, mark: the claim's.
        verdict: one of OUTCOMES.
        explanation: the reason in plain sentences, with the numbers, the seeds and their spread.
        paper: the paper's number, where the claim is one (for a significance claim its gain over the best baseline).
        ours: our number beside it (for an ordering the difference that decided; of times, the share that is saved);
            NaN where there is none.
        n: seeds behind `ours`.
        std: their spread (of the paired differences, for a comparison); NaN when n < 2.
        p: the p value that decided (after Holm where several tests stand together); NaN where none did.
        detectable: smallest true difference that this n and spread find with probability .8; NaN where not defined.
        cells: ids of the cells behind it.
    """

    id: str
    text: str
    mark: str
    verdict: Outcome
    explanation: str
    paper: float | None = None
    ours: float = math.nan
    n: int = 0
    std: float = math.nan
    p: float = math.nan
    detectable: float = math.nan
    cells: tuple[str, ...] = ()
