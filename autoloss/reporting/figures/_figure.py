"""What a figure is once it has been drawn."""

from dataclasses import dataclass
from pathlib import Path

from autoloss.reporting import labels
from autoloss.reporting.results import Result


@dataclass(frozen=True)
class Figure:
    """A figure that has been drawn.

    Attributes:
        name: of its files, without ending.
        kind: what it shows; figures of one kind share a heading and a caption on the page.
        place: what it shows it of: `DeepFM on Criteo`.
        caption: what is shown and how to read it.
        alt: what the picture says, in a sentence or two, for readers who cannot see it.
        svg, png: its files.
        topic: the section that it belongs to.
        behind: the results that it shows, at least one.
    """

    name: str
    kind: str
    place: str
    caption: str
    alt: str
    svg: Path
    png: Path
    topic: str
    behind: tuple[Result, ...]

    @property
    def title(self) -> str:
        """Kind, place and experiment; no two figures of a report have the same."""
        return f"{self.kind}: {self.place} ({labels.experiment(self.behind[0].experiment)})"
