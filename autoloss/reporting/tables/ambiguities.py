"""What the paper leaves open, our choice, and how far another choice moves the result."""

from dataclasses import dataclass

from autoloss.reporting import labels
from autoloss.reporting.claims.ambiguities import Ambiguity, Shift, shifts
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, stored, table
from autoloss.reporting.tables._compare import interval
from autoloss.reporting.tables._numbers import p_value, signed
from autoloss.reporting.tables._table import Table, Value
from autoloss.statistics import PairedDifference


@dataclass(frozen=True)
class Line:
    """An open question and one variant.

    Attributes:
        scale: of all results.
        question: which.
        shift: what the variant does; None where none was trained.
        first: the first line of its question.
    """

    scale: str
    question: Ambiguity
    shift: Shift | None
    first: bool

    @property
    def place(self) -> str:
        """Where the variant and its default were trained."""
        if self.shift is None:
            return ""
        compared = self.shift.comparison
        names = (*compared.place, *([compared.method] if self.shift.variant.kind == "method" else []))
        return ", ".join(map(labels.title, names))

    @property
    def found(self) -> PairedDifference | None:
        return self.shift.comparison.over_seeds if self.shift else None


COLUMNS: tuple[Column[Line], ...] = (
    *stored("scale"),
    *stored("id", of="question"),
    Column(
        "question", "Question", lambda line: line.question.question,
        entry=lambda line: Value(line.question.question * line.first), head=True, numeric=False, group=True,
    ),
    Column(
        "default", "Our default", lambda line: line.question.default,
        entry=lambda line: Value(line.question.default * line.first), numeric=False, group=True,
    ),
    *stored("reason", of="question"),
    Column(
        "variant", "Variant", lambda line: line.shift.variant.name if line.shift else None,
        entry=lambda line: Value(f"{line.shift.variant.name} ({line.shift.variant.kind})" if line.shift else ""),
        numeric=False,
    ),
    Column("dataset", value=lambda line: line.shift.comparison.place.dataset if line.shift else None),
    Column("model", value=lambda line: line.shift.comparison.place.model if line.shift else None),
    Column("method", value=lambda line: line.shift.comparison.method if line.shift else None),
    Column("", "Where", entry=lambda line: Value(line.place), numeric=False),
    Column(
        "metric", "Metric", lambda line: line.shift.comparison.metric if line.shift else None,
        lambda name: labels.metric(name) if name else "", numeric=False,
    ),
    Column("difference", "Variant − default", lambda line: line.found.difference if line.found else None, signed),
    Column(
        "low", "95 % interval", lambda line: line.found.low if line.found else None,
        entry=lambda line: interval(line.found.low, line.found.high) if line.found else Value(""),
    ),
    Column("high", value=lambda line: line.found.high if line.found else None),
    Column(
        "p_value", "p", lambda line: line.found.p if line.found else None,
        lambda p: "" if p is None else p_value(p),
        help="two-sided paired t-test over seeds, not corrected.",
    ),
    Column(
        "pairs", "Pairs", lambda line: line.found.n if line.found else None,
        lambda n: "" if n is None else str(n),
    ),
    Column("detectable", value=lambda line: line.found.detectable if line.found else None),
)  # fmt: skip


def ambiguities(material: Material) -> Table | None:
    """One row per open question and variant that was trained; None where the list of questions is not there."""
    lines = []
    for question in material.ambiguities:
        found = [s for variant in question.sensitivity for s in shifts(variant, material.results)]
        for number, shift in enumerate(found or [None]):
            lines.append(Line(material.config.scale, question, shift, first=number == 0))
    if not lines:
        return None
    return table(
        "ambiguities",
        "What the paper leaves open",
        "The question, how it is settled here, and how far another choice moves the result.",
        COLUMNS,
        lines,
        notes=("A question without numbers: no variant of it was trained at this scale.",),
        sortable=False,
    )
