"""Which table and figure stands in which section of the page."""

from collections.abc import Sequence

from autoloss.reporting.figures import Figure
from autoloss.reporting.material import Material
from autoloss.reporting.page import Section
from autoloss.reporting.tables import Table, overall_experiments
from autoloss.reporting.tables.claims import GROUPS, claim_tables, grouped, summary
from autoloss.reporting.tables.numbers import numbers

SENTENCES = ("best", "families", "transfer", "efficiency")  # written out; the many numbers are folded tables


def sections(material: Material, tables: Sequence[Table], figures: Sequence[Figure]) -> list[Section]:
    """The sections of the page, in order; an empty one is left out.

    Args:
        material: what was collected.
        tables, figures: all that were made.
    """
    tables_by_name = {t.name: t for t in tables}

    def some(*names: str) -> list[Table]:
        return [tables_by_name[n] for n in names if n in tables_by_name]

    def drawn(*topics: str) -> list[Figure]:
        return [f for f in figures if f.topic in topics]

    made = [_verdicts(material, some("claims"))]
    for name in overall_experiments(material):
        made.append(
            Section(
                name.replace("_", "-"),
                tables_by_name[name].title,
                tables=some(name),
                folded=[numbers(material, name), *some(f"{name}-tests")],
                figures=drawn(name),
            )
        )
    made += [
        Section(
            "controller", "What the controller does", figures=drawn("controller")[:3], more=drawn("controller")[3:]
        ),
        Section("transfer", "Transferability", tables=some("transfer"), figures=drawn("transfer")),
        Section("efficiency", "Efficiency", tables=some("efficiency", "frequency"), figures=drawn("efficiency")),
        Section("ablations", "Ablations", tables=some("ablations"), figures=drawn("ablations")),
        Section("open", "What the paper leaves open", tables=some("ambiguities")),
        Section("cost", "Cost", folded=some("cost")),
        Section("data", "Data", tables=some("datasets"), figures=drawn("data")),
        Section("failures", "Failed and missing cells", tables=[t for t in some("failures") if t.rows]),
    ]
    return [s for s in made if s.tables or s.figures or s.folded or s.verdicts]


def _verdicts(material: Material, files: Sequence[Table]) -> Section:
    head = summary(material)
    known = {r.cell_id: r for r in (*material.upstream, *material.results)}
    return Section(
        "verdicts",
        "Verdicts",
        tables=[head] if head else [],
        verdicts=[
            (title, [(v, [known[c] for c in v.cells if c in known]) for v in verdicts])
            for name, title, verdicts in grouped(material)
            if name in SENTENCES
        ],
        folded=claim_tables(material, [name for name in GROUPS if name not in SENTENCES]),
        files=files[0].name if files else "",
    )
