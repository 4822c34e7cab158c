"""What a figure is once it has been drawn."""

from dataclasses import dataclass
from pathlib import Path

from autoloss.reporting.results import Result


@dataclass(frozen=True)
class Figure:
    """A figure that has been drawn.

    Attributes:
        name: of its files, without ending.
        title: one line.
        caption: what is shown and how to read it.
        alt: the same for who cannot see it: what the picture says, in a sentence or two.
        svg, png: its files.
        topic: the section that it belongs to.
        behind: the results that it shows.
    """

    name: str
    title: str
    caption: str
    alt: str
    svg: Path
    png: Path
    topic: str = ""
    behind: tuple[Result, ...] = ()
