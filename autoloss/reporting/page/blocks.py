"""What a section of the page is made of. A block's class name is the name of the macro that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from autoloss.reporting.claims import Verdict
from autoloss.reporting.figures import Figure
from autoloss.reporting.results import Result
from autoloss.reporting.tables import Table


@dataclass(frozen=True)
class Sentences:
    """Paragraphs that answer.

    Attributes:
        paragraphs: each after a word that says what it is about: (lead, text).
        warning: what the answer does not say.
        small_print: how it was counted.
    """

    paragraphs: Sequence[tuple[str, str]]
    warning: str
    small_print: str


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Files:
    """Links to files: (title, address relative to the page)."""

    lead: str
    links: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """A table; `files` links to its csv, markdown and LaTeX."""

    table: Table
    files: bool = True


@dataclass(frozen=True)
class Gallery:
    """Figures of one kind side by side, under one heading and one caption."""

    figures: Sequence[Figure]

    @property
    def kind(self) -> str:
        return self.figures[0].kind

    @property
    def caption(self) -> str:
        return self.figures[0].caption


@dataclass(frozen=True)
class Claims:
    """Claims of the paper with our verdicts, and the results behind each."""

    title: str
    anchor: str
    verdicts: Sequence[tuple[Verdict, Sequence[Result]]]


@dataclass(frozen=True)
class Folded:
    """What most readers do not need, closed at first."""

    title: str
    count: str
    blocks: Sequence["Block"]


Block = Sentences | Words | Files | Shown | Gallery | Claims | Folded


@dataclass(frozen=True)
class Section:
    """A heading with blocks under it; `anchor` is its id on the page."""

    anchor: str
    title: str
    blocks: Sequence[Block]


def galleries(figures: Sequence[Figure]) -> list[Gallery]:
    """One for each kind of figure, in the order in which the kinds first come."""
    kinds = dict.fromkeys(figure.kind for figure in figures)
    return [Gallery([f for f in figures if f.kind == kind]) for kind in kinds]


def pictured(blocks: Sequence[Block]) -> list[Figure]:
    """All figures among these blocks, in order."""
    found: list[Figure] = []
    for block in blocks:
        if isinstance(block, Gallery):
            found += block.figures
        elif isinstance(block, Folded):
            found += pictured(block.blocks)
    return found
