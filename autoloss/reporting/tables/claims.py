"""The paper's claims and our verdicts: the table of all of them, and the groups that the page shows."""

import math
from dataclasses import replace

from autoloss.reporting.claims import OUTCOMES, Verdict
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, stored, table
from autoloss.reporting.tables._compare import DETECTABLE
from autoloss.reporting.tables._numbers import fixed, number, p_value, whole
from autoloss.reporting.tables._table import Table, Value

GROUPS = {
    "best": "AutoLoss is best",
    "families": "Families of methods",
    "significant": "Significance",
    "transfer": "Transferability",
    "efficiency": "Efficiency",
    "overall": "Numbers of the overall table",
    "datasets": "Counts of the data",
}
MARKS = {"P": "the authors", "G": "the same group", "B": "the BARS benchmark", "D": "ours"}


def claims(material: Material) -> Table | None:
    """Every claim and its verdict; None where the paper's claims are not there."""
    if not material.verdicts:
        return None
    known = {r.cell_id: r for r in reversed((*material.upstream, *material.results))}
    return table(
        "claims",
        "Claims and verdicts",
        "Reproduced: the results show it. Within noise: these seeds cannot tell.",
        (Column("scale", value=lambda _: material.config.scale), *COLUMNS),
        material.verdicts,
        behind=lambda v: tuple(known[cell] for cell in v.cells if cell in known),
        notes=(f"Scale: {material.config.scale}.",),
    )


def grouped(material: Material) -> list[tuple[str, str, list[Verdict]]]:
    """(name, title, verdicts) of each group that has any, sentences first, then the many numbers."""
    found: dict[str, list[Verdict]] = {name: [] for name in GROUPS}
    for verdict in material.verdicts:
        found.setdefault(verdict.id.partition("/")[0], []).append(verdict)
    return [(name, GROUPS.get(name, name), verdicts) for name, verdicts in found.items() if verdicts]


def _number(verdict: Verdict, value: float | None) -> Value:
    """As exactly as the paper's: counts whole, metrics with four decimals."""
    counted = verdict.paper is not None and float(verdict.paper).is_integer()
    return number(value, (whole if counted else fixed)(value))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


COLUMNS: tuple[Column[Verdict], ...] = (
    *stored("id"),
    Column(
        "text", "Claim", lambda v: v.text, head=True, numeric=False,
        entry=lambda v: Value(v.text, note="" if v.mark == "P" else f"stated by {MARKS[v.mark]}"),
    ),
    *stored("mark"),
    Column(
        "verdict", "Verdict", lambda v: v.verdict, numeric=False,
        entry=lambda v: Value(v.verdict, tag=True, sort=OUTCOMES.index(v.verdict)),
    ),
    Column("explanation", "Explanation", lambda v: v.explanation, numeric=False),
    Column("paper", "Paper", lambda v: v.paper, entry=lambda v: replace(_number(v, v.paper), quiet=True)),
    Column("ours", "Ours", lambda v: _finite(v.ours), entry=lambda v: _number(v, v.ours)),
    Column("n", "Seeds", lambda v: v.n, lambda n: whole(n or None)),
    Column("std", "Spread", lambda v: _finite(v.std), fixed),
    Column("p", "p", lambda v: _finite(v.p), p_value),
    Column(
        "detectable", "Detectable", lambda v: _finite(v.detectable), fixed,
        help=DETECTABLE,
    ),
    Column("cells", value=lambda v: " ".join(v.cells)),
)  # fmt: skip
