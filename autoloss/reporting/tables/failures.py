"""The cells that are not there: failed, with the error they left, or never finished."""

from autoloss.reporting.material import Material
from autoloss.reporting.results import Result
from autoloss.reporting.tables._columns import Column, stored, table
from autoloss.reporting.tables._table import Table, Value

COLUMNS: tuple[Column[Result], ...] = (
    *stored("scale"),
    Column("cell", "Cell", lambda r: r.cell_id, head=True, numeric=False),
    *stored("kind", "dataset", "model", "method", "training", "seed"),
    Column("state", "State", lambda r: r.state, entry=lambda r: Value(r.state, state=r.state), numeric=False),
    Column("error", "Why", lambda r: r.error, entry=lambda r: Value(r.error or "it was never trained"), numeric=False),
)


def failures(material: Material) -> Table:
    """One row per cell that is not done, failed ones first; upstream cells included."""
    lacking = {r.cell_id: r for r in (*material.upstream, *material.results) if r.state != "done"}
    return table(
        "failures",
        "Failed and missing cells",
        "Cells without a result. Each table says how many of the planned seeds its numbers rest on.",
        COLUMNS,
        sorted(lacking.values(), key=lambda r: r.state != "failed"),
        behind=lambda r: (r,),
    )
