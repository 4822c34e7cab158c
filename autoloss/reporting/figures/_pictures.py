"""selection.json as arrays: what a controller selected, and what would have helped, over its training."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from autoloss.training.history import Selection


@dataclass(frozen=True)
class Picture:
    """One controller's pictures.

    Attributes:
        losses: the K candidates. labels: the C labels.
        grid: [G] predicted probability (of class 1 for two classes, of the label itself for more).
        steps: [M] training steps.
        selection: [M, C, G, K] probability of each candidate.
        hypergradient: [M, C, G, K] s_ij over its mean absolute value; NaN where no example was seen.
    """

    losses: tuple[str, ...]
    labels: tuple[str, ...]
    grid: np.ndarray
    steps: np.ndarray
    selection: np.ndarray
    hypergradient: np.ndarray


def picture(found: Selection) -> Picture:
    """A selection.json as arrays."""
    shape = np.shape(found.maps[0].selection)
    return Picture(
        losses=tuple(found.losses),
        labels=tuple(f"{label:.3g}" if isinstance(label, float) else str(label) for label in found.labels),
        grid=np.array(found.probabilities, float),
        steps=np.array([m.step for m in found.maps], float),
        selection=np.array([m.selection for m in found.maps], float),
        hypergradient=np.stack([_filled(m.hypergradient, shape) for m in found.maps]),
    )


def alike(pictures: Iterable[Picture]) -> list[Picture]:
    """Those that have losses, labels and grid in common with the first."""
    found = list(pictures)
    return [
        p for p in found if p.losses == found[0].losses and p.labels == found[0].labels and _same(p.grid, found[0].grid)
    ]


def axis_title(labels: tuple[str, ...]) -> str:
    """What the grid stands for."""
    return "predicted P(label 1)" if len(labels) == 2 else "predicted P(true label)"


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b))


def _filled(hypergradient: list | None, shape: tuple[int, ...]) -> np.ndarray:
    unknown = np.full(shape, np.nan)
    for label, row in enumerate(hypergradient or []):
        for place, values in enumerate(row):
            if values is not None:
                unknown[label, place] = values
    return unknown
