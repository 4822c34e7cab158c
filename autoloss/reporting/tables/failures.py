"""The cells that are not there: failed, with the error they left, or never finished."""

from autoloss.reporting.material import Material
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

FIELDS = ("scale", "cell", "kind", "dataset", "model", "method", "training", "seed", "state", "error")


def failures(material: Material) -> Table:
    """One row per cell that is not done, failed ones first; upstream cells included."""
    lacking = {r.cell_id: r for r in (*material.upstream, *material.results) if r.state != "done"}
    ordered = sorted(lacking.values(), key=lambda r: r.state != "failed")
    columns = ("Cell", "State", "Why")
    return Table(
        name="failures",
        title="Failed and missing cells",
        caption="Their numbers are missing above, not left out: each table says how many of the planned seeds it has.",
        columns=tuple(Column(c, numeric=False, head=c == "Cell") for c in columns),
        rows=tuple(
            Row((head(r.cell_id), Value(r.state, state=r.state), Value(r.error or "it was never trained")), (r,))
            for r in ordered
        ),
        records=[
            {"cell": r.cell_id, **{k: getattr(r, k) for k in FIELDS if k != "cell"}} for r in ordered
        ],
        fields=FIELDS,
    )  # fmt: skip
