"""The paper's claims and our verdicts: a summary, all of them, and the groups that the page shows."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

from autoloss.reporting.claims import OUTCOMES, Outcome, Verdict
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, stored, table
from autoloss.reporting.tables._numbers import ABSENT, fixed, number, p_value, whole
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
    return _table(material, "claims", "Claims and verdicts", material.verdicts) if material.verdicts else None


def grouped(material: Material) -> list[tuple[str, str, list[Verdict]]]:
    """(name, title, verdicts) of each group that has any, sentences first, then the many numbers."""
    found: dict[str, list[Verdict]] = {name: [] for name in GROUPS}
    for verdict in material.verdicts:
        found.setdefault(verdict.id.partition("/")[0], []).append(verdict)
    return [(name, GROUPS.get(name, name), verdicts) for name, verdicts in found.items() if verdicts]


def claim_tables(material: Material, names: Collection[str]) -> list[Table]:
    """A table for each of these groups, for the page (the files are those of `claims`)."""
    return [
        replace(_table(material, f"claims-{name}", title, verdicts), fields=())
        for name, title, verdicts in grouped(material)
        if name in names
    ]


def summary(material: Material) -> Table | None:
    """How many claims of each group have which verdict; None without claims."""
    if not material.verdicts:
        return None
    lines = [Tally(title, verdicts, f"claims-{name}") for name, title, verdicts in grouped(material)]
    return table(
        "verdicts",
        "Verdicts",
        "What our results say of each claim of the paper, at the paper's own settings.",
        TALLY,
        [*lines, Tally("All claims", material.verdicts)],
        block=lambda tally: bool(tally.link),
        sortable=False,
    )


@dataclass(frozen=True)
class Tally:
    """A group of claims: its title, the verdicts on them, and where on the page they stand."""

    title: str
    verdicts: list[Verdict]
    link: str = ""

    def count(self, outcome: Outcome) -> int:
        """How many have this verdict."""
        return sum(v.verdict == outcome for v in self.verdicts)


def _count(outcome: Outcome) -> Column[Tally]:
    return Column(
        "", outcome[0].upper() + outcome[1:],
        entry=lambda t: Value(str(t.count(outcome) or ABSENT), quiet=not t.count(outcome)),
    )  # fmt: skip


TALLY: tuple[Column[Tally], ...] = (
    Column("", "Claims", entry=lambda t: Value(t.title, link=t.link), head=True, numeric=False),
    *map(_count, OUTCOMES),
)


def _table(material: Material, name: str, title: str, verdicts: list[Verdict]) -> Table:
    known = {r.cell_id: r for r in reversed((*material.upstream, *material.results))}
    return table(
        name,
        title,
        "Reproduced: the results show it. Within noise: these seeds cannot tell.",
        (Column("scale", value=lambda _: material.config.scale), *COLUMNS),
        verdicts,
        behind=lambda v: tuple(known[cell] for cell in v.cells if cell in known),
        notes=(f"Scale: {material.config.scale}.",),
    )


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
        help="the smallest true difference that these seeds detect with probability 0.8 at p < 0.05.",
    ),
    Column("cells", value=lambda v: " ".join(v.cells)),
)  # fmt: skip
