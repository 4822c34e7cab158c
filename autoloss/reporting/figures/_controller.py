"""The controllers of one method at one place, as their figures show them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autoloss.reporting import labels
from autoloss.reporting.figures._pictures import Picture, alike, picture
from autoloss.reporting.groups import Group, group
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result


@dataclass(frozen=True)
class Controller:
    """What the seeds of a method left behind.

    Attributes:
        group: the seeds.
        pictures: of those that kept one, alike in losses, labels and grid.
    """

    group: Group
    pictures: tuple[Picture, ...]

    @property
    def results(self) -> tuple[Result, ...]:
        return self.group.done

    @property
    def title(self) -> str:
        """`AutoLoss, DeepFM on Criteo`."""
        method, model, dataset = (labels.title(n) for n in (self.group.method, self.group.model, self.group.dataset))
        return f"{method}, {model} on {dataset}"

    @property
    def size(self) -> str:
        first = self.pictures[0]
        return f"{len(first.labels)} labels by {len(first.losses)} candidate losses"

    @property
    def leading(self) -> str:
        """For each label, the candidate with the highest mean probability at the end of training."""
        first = self.pictures[0]
        mean = np.mean([p.selection[-1] for p in self.pictures], axis=(0, 2))  # [C, K]
        ranked = zip(first.labels, mean.argmax(1), strict=True)
        return "; ".join(f"label {c}: mostly {labels.title(first.losses[int(k)])}" for c, k in ranked) + "."

    def name(self, figure: str) -> str:
        """The name of a figure's files."""
        return f"{figure}-{self.group.experiment}-{self.group.method}-{self.group.dataset}-{self.group.model}"


def controllers(material: Material, experiment: str) -> Iterator[Controller]:
    """AutoLoss's controllers in a grid experiment, place by place."""
    ours = [r for r in material.of(experiment) if r.method == material.ours(experiment)]
    for members in group(ours, "dataset", "model").values():
        found = alike(picture(r.finished.selection) for r in members.done if r.finished and r.finished.selection)
        if found:
            yield Controller(members, tuple(found))
