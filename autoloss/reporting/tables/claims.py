"""The paper's claims and our verdicts: a summary, all of them, and the groups that the page shows."""

import math
from collections.abc import Collection

from autoloss.reporting.claims import OUTCOMES, Verdict
from autoloss.reporting.material import Material
from autoloss.reporting.tables._numbers import ABSENT, fixed, number, p_value, whole
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

FIELDS = (
    "scale", "id", "text", "mark", "verdict", "paper", "ours", "n", "std", "p", "detectable", "explanation",
    "cells",
)  # fmt: skip
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
        _table(material, f"claims-{name}", title, verdicts, fields=())
        for name, title, verdicts in grouped(material)
        if name in names
    ]


def summary(material: Material) -> Table | None:
    """How many claims of each group have which verdict; None without claims."""
    if not material.verdicts:
        return None
    rows = [
        Row((head(title, link=f"claims-{name}"), *(_count(verdicts, outcome) for outcome in OUTCOMES)))
        for name, title, verdicts in grouped(material)
    ]
    total = Row((head("All claims"), *(_count(material.verdicts, outcome) for outcome in OUTCOMES)), rule=True)
    return Table(
        name="verdicts",
        title="Verdicts",
        caption="What our results say of each claim of the paper, at the paper's own settings.",
        columns=(Column("Claims", numeric=False, head=True), *(Column(o[0].upper() + o[1:]) for o in OUTCOMES)),
        rows=(*rows, total),
        sortable=False,
    )


def _count(verdicts: list[Verdict], outcome: str) -> Value:
    count = sum(v.verdict == outcome for v in verdicts)
    return Value(str(count) if count else ABSENT, quiet=not count)


def _table(material: Material, name: str, title: str, verdicts: list[Verdict], fields: tuple = FIELDS) -> Table:
    known = {r.cell_id: r for r in reversed((*material.upstream, *material.results))}
    rows = [Row(_values(v), tuple(known[c] for c in v.cells if c in known)) for v in verdicts]
    return Table(
        name=name,
        title=title,
        caption="Reproduced: the data show it. Within noise: the difference is too small to tell with these seeds.",
        columns=(
            Column("Claim", numeric=False, head=True),
            Column("Verdict", numeric=False),
            Column("Explanation", numeric=False),
            *(Column(c) for c in ("Paper", "Ours", "Seeds", "Spread", "p", "Detectable")),
        ),
        rows=tuple(rows),
        notes=(f"Scale: {material.config.scale}. Detectable: the smallest true difference that these seeds find with "
               "probability 0.8 at p < 0.05.",),
        records=[_record(material, v) for v in verdicts],
        fields=fields,
    )  # fmt: skip


def _values(verdict: Verdict) -> tuple[Value, ...]:
    exact = verdict.paper is not None and float(verdict.paper).is_integer()
    write = whole if exact else fixed
    return (
        head(verdict.text, note="" if verdict.mark == "P" else f"stated by {MARKS[verdict.mark]}"),
        Value(verdict.verdict, tag=True, sort=OUTCOMES.index(verdict.verdict)),
        Value(verdict.explanation),
        number(verdict.paper, write(verdict.paper), quiet=True),
        number(verdict.ours, write(verdict.ours)),
        number(verdict.n, whole(verdict.n) if verdict.n else ABSENT),
        number(verdict.std, fixed(verdict.std)),
        number(verdict.p, p_value(verdict.p)),
        number(verdict.detectable, fixed(verdict.detectable)),
    )


def _record(material: Material, verdict: Verdict) -> dict:
    line = {name: getattr(verdict, name) for name in FIELDS if name not in ("scale", "cells")}
    finite = {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in line.items()}
    return {"scale": material.config.scale, **finite, "cells": " ".join(verdict.cells)}
