"""Efficiency: time per epoch, time and examples until CE's best validation AUC, memory; and the update frequency f."""

from collections.abc import Sequence

from autoloss.reporting.groups import Group
from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import compare, summarise
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, beside, fixed, number, p_value, short, signed, spread, whole
from autoloss.reporting.tables._table import Column, Row, Table, Value, head
from autoloss.reporting.timings import Timing, frequencies, timings

QUANTITIES = {
    "epoch_seconds": "Seconds per epoch",
    "step_ms": "Milliseconds per step",
    "examples_per_second": "Examples per second",
    "to_seconds": "Seconds to CE's best",
    "to_examples": "Examples to CE's best",
    "train_seconds": "Seconds in all",
    "peak_memory_mb": "Peak memory, MB",
    "auc": "Test AUC",
}
_NAMES = (
    "scale",
    "dataset",
    "model",
    "method",
    "update_every",
    "hardware",
    "seeds",
    "seeds_planned",
    "failed",
    "missing",
)
_NUMBERS = tuple(f"{quantity}_{what}" for quantity in QUANTITIES for what in ("mean", "std"))
FIELDS = (*_NAMES, *_NUMBERS, "unreached")
FREQUENCY_FIELDS = (*_NAMES, *_NUMBERS, "saving_mean", "saving_std", "auc_difference", "auc_p", "auc_detectable")


def efficiency(material: Material) -> Table | None:
    """One row per timed method; None without a timing experiment."""
    found = timings(material)
    if not found:
        return None
    return Table(
        name="efficiency",
        title="Efficiency",
        caption="Time without evaluations, measured alone on one machine. CE's best: the best validation AUC that "
        "cross-entropy reaches with the same seed.",
        columns=(*_heads(), *map(Column, QUANTITIES.values())),
        rows=tuple(Row((*_names(t), *(_entry(t, q) for q in QUANTITIES)), t.results) for t in found),
        notes=(*_notes(material, found), *mixtures(material, _results(found), "efficiency", timings=True)),
        records=[_record(material, t) for t in found],
        fields=FIELDS,
    )


def frequency(material: Material) -> Table | None:
    """AutoLoss by f, the number of model updates per controller update; None unless several were timed."""
    found = frequencies(material)
    if not found:
        return None
    rows, records = [], []
    for timing in found:
        base = next(t for t in found if (t.dataset, t.model) == (timing.dataset, timing.model))
        values, record = _against(timing, base)
        names = (head(title(timing.dataset)), head(title(timing.model)), head(str(timing.every), sort=timing.every))
        entries = (_entry(timing, "epoch_seconds"), _entry(timing, "train_seconds"), _entry(timing, "auc"))
        rows.append(Row((*names, *entries, *values), timing.results))
        records.append(_record(material, timing) | record)
    names = (Column("Dataset", False, True), Column("Model", False, True), Column("f", True, True))
    columns = (
        "Seconds per epoch",
        "Seconds in all",
        "Test AUC",
        "Time saved per epoch",
        "AUC difference",
        "p",
        "Detectable",
    )
    return Table(
        name="frequency",
        title="Update frequency f",
        caption="The controller is updated once after every f model updates. Saved, difference: against the least f.",
        columns=(*names, *map(Column, columns)),
        rows=tuple(rows),
        notes=(
            f"Scale: {material.config.scale}.",
            "The paper: f = 7 saves about 60 % of the time of f = 1, and improves the result.",
            "p: two-sided paired t-test over seeds, not corrected. Detectable: found with probability 0.8 at p < 0.05.",
            *mixtures(material, _results(found), "frequency", timings=True),
        ),
        records=records,
        fields=FREQUENCY_FIELDS,
    )


def _against(timing: Timing, base: Timing) -> tuple[list[Value], dict]:
    if timing is base:
        return [Value(ABSENT)] * 4, {}
    mine, theirs = timing.values.get("epoch_seconds", {}), base.values.get("epoch_seconds", {})
    saving = summarise(1 - mine[s] / theirs[s] for s in mine.keys() & theirs.keys())
    found = compare(timing.values.get("auc", {}), base.values.get("auc", {}))
    percent = ABSENT if saving.n == 0 else f"{saving.mean:.0%}".replace("-", "−")
    deviation = f"± {saving.std:.0%}" if saving.n > 1 else ""
    return [
        Value(percent, deviation, sort=saving.mean if saving.n else None),
        number(found.difference, signed(found.difference)),
        number(found.p, p_value(found.p)),
        number(found.detectable, fixed(found.detectable)),
    ], {
        "saving_mean": saving.mean,
        "saving_std": saving.std,
        "auc_difference": found.difference,
        "auc_p": found.p,
        "auc_detectable": found.detectable,
    }


def _heads() -> tuple[Column, ...]:
    return tuple(Column(t, numeric=False, head=True) for t in ("Dataset", "Model", "Method"))


def _names(timing: Timing) -> tuple[Value, ...]:
    return head(title(timing.dataset)), head(title(timing.model)), head(title(timing.method))


def _entry(timing: Timing, quantity: str) -> Value:
    members, values = Group(timing.results), timing.values.get(quantity, {})
    if not values:
        state = members.state if members.state in ("failed", "missing") else "done"
        return Value(ABSENT if state == "done" else state, state=state)
    summary = summarise(values.values())
    late = len(timing.unreached & values.keys()) if quantity.startswith("to_") else 0
    note = f"{late} of {len(values)} seeds never" if late else members.shortfall
    if quantity == "auc":
        return Value(fixed(summary.mean), spread(summary.std), note=members.shortfall, sort=summary.mean)
    write = whole if quantity in ("to_examples", "examples_per_second", "peak_memory_mb") else short
    deviation = (
        "" if summary.n < 2 else beside(summary.std, summary.mean) if write is short else f"± {whole(summary.std)}"
    )
    return Value(("≥ " if late else "") + write(summary.mean), deviation, note=note, sort=summary.mean)


def _record(material: Material, timing: Timing) -> dict:
    members = Group(timing.results)
    line = {
        "scale": material.config.scale,
        "dataset": timing.dataset,
        "model": timing.model,
        "method": timing.method,
        "update_every": timing.every,
        "hardware": " ".join(sorted({str(r.hardware) for r in members.done})),
        "seeds": members.counts["done"],
        "seeds_planned": members.planned,
        "failed": members.counts["failed"],
        "missing": members.counts["missing"],
        "unreached": len(timing.unreached),
    }
    for quantity in QUANTITIES:
        summary = summarise(timing.values.get(quantity, {}).values())
        line |= {f"{quantity}_mean": summary.mean, f"{quantity}_std": summary.std}
    return line


def _notes(material: Material, found: Sequence[Timing]) -> list[str]:
    machines = sorted({str(r.hardware) for t in found for r in t.results if r.state == "done"})
    notes = [
        f"Scale: {material.config.scale}. Mean ± standard deviation over seeds.",
        f"Machine: {', '.join(machines) or 'none'}.",
    ]
    if any(t.unreached for t in found):
        notes.append("≥: some seeds never reached it; all that they took is counted, so the true number is larger.")
    return notes


def _results(found: Sequence[Timing]) -> list:
    return [r for t in found for r in t.results]
