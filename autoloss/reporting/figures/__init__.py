"""Figures: one module and one function each, data in, files out. `build` gives each its data and its words."""

from pathlib import Path

from autoloss.reporting.figures._figure import GRID, INK, Figure
from autoloss.reporting.figures._of_controller import of_controller
from autoloss.reporting.figures._of_others import of_timings, of_transfer
from autoloss.reporting.figures._of_overall import of_overall
from autoloss.reporting.material import Material
from autoloss.reporting.tables import overall_experiments

__all__ = ["GRID", "INK", "Figure", "build"]


def build(material: Material, folder: Path) -> list[Figure]:
    """Draws all figures into `folder`, in the order of the page."""
    drawn = []
    for experiment in overall_experiments(material):
        drawn += of_overall(material, experiment, folder)
        drawn += of_controller(material, experiment, folder)
    for name, experiment in material.config.experiments.items():
        if experiment.kind == "transfer":
            drawn += of_transfer(material, name, folder)
    return drawn + of_timings(material, folder)
