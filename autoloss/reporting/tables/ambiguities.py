"""What the paper leaves open, our choice, and how far another choice moves the result."""

from autoloss.reporting import labels
from autoloss.reporting.claims.ambiguities import Ambiguity, Shift, shifts
from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.tables._compare import interval
from autoloss.reporting.tables._numbers import ABSENT, number, p_value, signed
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

FIELDS = (
    "scale", "id", "question", "default", "reason", "variant", "dataset", "model", "method", "metric", "pairs",
    "difference", "low", "high", "p_value", "detectable",
)  # fmt: skip
COLUMNS = ("Variant", "Where", "Metric")


def ambiguities(material: Material) -> Table | None:
    """One row per open question and variant that was trained; None where the list of questions is not there."""
    rows, records = [], []
    for question in material.ambiguities:
        found = [s for variant in question.sensitivity for s in shifts(variant, material.results)]
        about = {"scale": material.config.scale, "id": question.id, "question": question.question}
        about |= {"default": question.default, "reason": question.reason}
        for number_, shift in enumerate(found or [None]):
            rows.append(Row((*_names(question, number_), *_values(shift)), rule=number_ == 0))
            records.append(about | _record(shift))
    if not rows:
        return None
    return Table(
        name="ambiguities",
        title="What the paper leaves open",
        caption="The question, how it is settled here, and how far another choice moves the result.",
        columns=(
            Column("Question", numeric=False, head=True),
            Column("Our default", numeric=False),
            *(Column(c, numeric=False) for c in COLUMNS),
            *(Column(c) for c in ("Variant − default", "95 % interval", "p", "Pairs")),
        ),
        rows=tuple(rows),
        notes=("p: two-sided paired t-test over seeds, not corrected. A dash: no variant was trained at this scale.",),
        records=records,
        fields=FIELDS,
        sortable=False,
    )


def _names(question: Ambiguity, place: int) -> tuple[Value, Value]:
    return (head(question.question), Value(question.default)) if place == 0 else (head(""), Value(""))


def _values(shift: Shift | None) -> list[Value]:
    if shift is None:
        return [*[Value("")] * len(COLUMNS), Value(ABSENT), Value(""), Value(""), Value("")]
    comparison, found = shift.comparison, shift.comparison.over_seeds
    where = f"{title(comparison.place.dataset)}, {title(comparison.place.model)}"
    return [
        Value(f"{shift.variant.name} ({shift.variant.kind})"),
        Value(where if shift.variant.kind != "method" else f"{where}, {title(comparison.method)}"),
        Value(labels.metric(comparison.metric)),
        number(found.difference, signed(found.difference)),
        Value(interval(found.low, found.high) or ABSENT),
        number(found.p, p_value(found.p)),
        Value(str(found.n)),
    ]


def _record(shift: Shift | None) -> dict:
    if shift is None:
        return {}
    comparison, found = shift.comparison, shift.comparison.over_seeds
    names = {**comparison.place._asdict(), "method": comparison.method, "metric": comparison.metric}
    numbers = {"pairs": found.n, "difference": found.difference, "low": found.low, "high": found.high}
    return {"variant": shift.variant.name, **names, **numbers, "p_value": found.p, "detectable": found.detectable}
