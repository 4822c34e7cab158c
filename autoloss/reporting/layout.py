"""Which table and figure stands in which section of the page."""

from collections.abc import Sequence

from autoloss.reporting.figures import Figure
from autoloss.reporting.material import Material
from autoloss.reporting.page import Section
from autoloss.reporting.tables import Table


def sections(material: Material, tables: Sequence[Table], figures: Sequence[Figure]) -> list[Section]:
    """The sections of the page, in order; an empty one is left out.

    Args:
        material: what was collected.
        tables, figures: all that were made.
    """
    by_name = {t.name: t for t in tables}
    grids = [by_name[n] for n in material.config.experiments if n in by_name]
    made = [
        Section("results", "Results", "Test metrics of every method, theirs below ours.", tables=grids),
        Section("figures", "Figures", figures=figures),
        Section("data", "Data", tables=[by_name["datasets"]]),
    ]
    return [s for s in made if s.tables or s.figures or s.folded]
