"""Efficiency: time per epoch, time and examples until CE's best validation AUC, memory."""

from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, places, seed_counts, stored, table
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._table import Table
from autoloss.reporting.tables._timed import machine, machines, quantity
from autoloss.reporting.timings import Timing, timings, timings_elsewhere


def _quantity(name: str, title: str) -> tuple[Column[Timing], ...]:
    return quantity(name, title, lambda t: t)


COLUMNS: tuple[Column[Timing], ...] = (
    *stored("scale", of="group"),
    *places("dataset", "model", of="group", group=True),
    *places("method", of="group"),
    Column("update_every", value=lambda t: t.every),
    Column("hardware", value=lambda t: " ".join(machines(t))),
    *seed_counts(lambda t: t.group),
    *_quantity("epoch_seconds", "Seconds per epoch"),
    *_quantity("step_ms", "Milliseconds per step"),
    *_quantity("examples_per_second", "Examples per second"),
    *_quantity("to_seconds", "Seconds to CE's best"),
    *_quantity("to_examples", "Examples to CE's best"),
    *_quantity("train_seconds", "Seconds in all"),
    *_quantity("peak_memory_mb", "Peak memory, MB"),
    *_quantity("auc", "Test AUC"),
    Column("unreached", value=lambda t: len(t.unreached)),
)


MACHINE: Column[Timing] = Column("", "Machine", value=machine, numeric=False)


def efficiency(material: Material) -> Table | None:
    """One row per machine and timed method, this machine's first; None without a timing experiment."""
    here, others = timings(material), timings_elsewhere(material)
    found = here + others
    if not found:
        return None
    names = ", ".join(sorted({name for t in found for name in machines(t)})) or "none"
    late = "≥: some seeds never reached it; all that they took is counted, so the true number is larger."
    several = "Compare the rows of one machine: times of different machines say nothing about methods."
    results = [r for t in here for r in t.group.results]
    return table(
        "efficiency",
        "Efficiency",
        "Time without evaluations, measured alone on one machine. CE's best: the best validation AUC that "
        "cross-entropy reaches with the same seed.",
        (*COLUMNS, MACHINE) if others else COLUMNS,
        found,
        behind=lambda t: t.group.results,
        notes=(
            f"Scale: {material.config.scale}. Mean ± standard deviation over seeds.",
            f"Machine: {names}.",
            *([several] if others else []),
            *([late] if any(t.unreached for t in found) else []),
            *mixtures(material, results, "efficiency", timings=True),
        ),
    )
