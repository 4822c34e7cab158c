"""selection.json as arrays: what a controller selected, and what would have helped, over its training."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np


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


def picture(content: dict[str, Any] | None) -> Picture | None:
    """The content of a selection.json, or None where it holds no map."""
    maps = [{**content, **m} for m in content.get("maps", [])] if content else []
    if not maps:
        return None
    shape = np.shape(maps[0]["selection"])
    return Picture(
        losses=tuple(maps[0]["losses"]),
        labels=tuple(f"{label:.3g}" if isinstance(label, float) else str(label) for label in maps[0]["labels"]),
        grid=np.array(maps[0]["probabilities"], float),
        steps=np.array([m["step"] for m in maps], float),
        selection=np.array([m["selection"] for m in maps], float),
        hypergradient=np.stack([_filled(m.get("hypergradient"), shape) for m in maps]),
    )


def alike(pictures: Iterable[Picture | None]) -> list[Picture]:
    """Those that have losses, labels and grid in common with the first."""
    found = [p for p in pictures if p]
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
