"""Figures: one module each, with a function that gathers its data and words, and one that draws."""

from collections.abc import Iterator
from pathlib import Path

from autoloss.reporting import labels
from autoloss.reporting.figures._controller import controllers
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import GRID, INK
from autoloss.reporting.figures.bayes_distance import bayes_distance
from autoloss.reporting.figures.calibration_curves import calibration_curves
from autoloss.reporting.figures.controller_maps import controller_maps
from autoloss.reporting.figures.controller_selection import controller_selection
from autoloss.reporting.figures.efficiency_bars import efficiency_bars
from autoloss.reporting.figures.forest import forest
from autoloss.reporting.figures.frequency_sweep import frequency_sweep
from autoloss.reporting.figures.hypergradient_maps import hypergradient_maps
from autoloss.reporting.figures.learning_curves import learning_curves
from autoloss.reporting.figures.time_to_quality import time_to_quality
from autoloss.reporting.figures.transfer_bars import transfer_bars
from autoloss.reporting.groups import by_place
from autoloss.reporting.material import Material
from autoloss.reporting.timings import frequencies, timings

__all__ = ["GRID", "INK", "Figure", "build"]


def build(material: Material, folder: Path) -> list[Figure]:
    """Draws all figures that there are data for into `folder`, in the order of the page."""
    return [figure for figure in _drawn(material, folder) if figure]


def _drawn(material: Material, folder: Path) -> Iterator[Figure | None]:
    for experiment in material.grids:
        places = by_place(material.of(experiment))
        if experiment == material.headline:
            for place in material.real_first(places):
                yield forest(material, experiment, place, folder)
        for make in (learning_curves, bayes_distance, calibration_curves):
            for place, methods in places.items():
                yield make(material, experiment, place, methods, folder)
        for controller in controllers(material, experiment):
            for show in (controller_selection, controller_maps, hypergradient_maps):
                yield show(controller, folder)
    for name, experiment in material.config.experiments.items():
        if experiment.kind == "transfer":
            yield transfer_bars(material, name, folder)
    yield from _timed(material, folder)


def _timed(material: Material, folder: Path) -> Iterator[Figure | None]:
    """Bars and curves per place, and the sweep over f, whose variants of AutoLoss are shown there alone."""
    sweep = frequencies(material)
    swept = {t.method for t in sweep} - {labels.OURS}
    timed = [t for t in timings(material) if t.method not in swept]
    for place in dict.fromkeys(t.place for t in timed):
        here = [t for t in timed if t.place == place]
        yield efficiency_bars(place, here, folder)
        yield time_to_quality(material, place, here, folder)
    for place in dict.fromkeys(t.place for t in sweep):
        yield frequency_sweep(place, [t for t in sweep if t.place == place], folder)
