"""Tables of results: each a function from what was collected to a `Table`, written as csv, markdown and LaTeX."""

from autoloss.reporting.material import Material
from autoloss.reporting.tables._table import Table
from autoloss.reporting.tables._write import to_csv, to_latex, to_markdown
from autoloss.reporting.tables.ablations import ablations
from autoloss.reporting.tables.ambiguities import ambiguities
from autoloss.reporting.tables.claims import claims
from autoloss.reporting.tables.cost import cost
from autoloss.reporting.tables.datasets import datasets
from autoloss.reporting.tables.efficiency import efficiency
from autoloss.reporting.tables.failures import failures
from autoloss.reporting.tables.frequency import frequency
from autoloss.reporting.tables.overall import overall
from autoloss.reporting.tables.seeds import seeds
from autoloss.reporting.tables.significance import significance
from autoloss.reporting.tables.transfer import transfer
from autoloss.reporting.tables.tuning import tuning

__all__ = [
    "Table",
    "build",
    "csv_texts",
    "files",
    "to_csv",
    "to_latex",
    "to_markdown",
]


def build(material: Material) -> list[Table]:
    """All tables that are written as files; those without an experiment are left out."""
    grids = [table for name in material.grids for table in (overall(material, name), significance(material, name))]
    others = (claims, transfer, efficiency, frequency, ablations, ambiguities, seeds, cost, tuning, datasets, failures)
    return [*grids, *(table for make in others if (table := make(material)))]


def csv_texts(tables: list[Table]) -> dict[str, str]:
    """{name of the table: its csv}."""
    return {table.name: to_csv(table) for table in tables}


def files(tables: list[Table]) -> dict[str, str]:
    """{file name: content} of all tables in all forms."""
    forms = {"csv": to_csv, "md": to_markdown, "tex": to_latex}
    return {f"{table.name}.{ending}": write(table) for table in tables for ending, write in forms.items()}
