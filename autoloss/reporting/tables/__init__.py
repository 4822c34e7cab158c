"""Tables of results: each a function from what was collected to a `Table`, written as csv, markdown and LaTeX."""

from autoloss.reporting.material import Material
from autoloss.reporting.tables._table import Column, Row, Table, Value
from autoloss.reporting.tables._write import to_csv, to_latex, to_markdown
from autoloss.reporting.tables.datasets import datasets
from autoloss.reporting.tables.overall import overall

__all__ = ["Column", "Row", "Table", "Value", "build", "files", "to_csv", "to_latex", "to_markdown"]


def build(material: Material) -> list[Table]:
    """All tables of a report, in the order of the page."""
    grids = [n for n, e in material.config.experiments.items() if e.kind == "grid"]
    return [*(overall(material, name) for name in grids), datasets(material)]


def files(tables: list[Table]) -> dict[str, str]:
    """{file name: content} of all tables in all forms."""
    forms = {"csv": to_csv, "md": to_markdown, "tex": to_latex}
    return {f"{table.name}.{ending}": write(table) for table in tables for ending, write in forms.items()}
