"""The update frequency f: what it saves in time, and what it does to the result."""

from dataclasses import dataclass

from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, places, seed_counts, spread_over_seeds, stored, table
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, fixed, p_value, signed
from autoloss.reporting.tables._table import Table, Value
from autoloss.reporting.tables._timed import machines, quantity
from autoloss.reporting.timings import Timing, frequencies
from autoloss.statistics import PairedDifference, Summary, compare, summarise


@dataclass(frozen=True)
class Sweep:
    """AutoLoss with one f, beside the smallest f that was timed there."""

    timing: Timing
    smallest: Timing

    @property
    def saving(self) -> Summary:
        """The share of the time of an epoch that is saved, over seeds; empty for the smallest f itself."""
        mine, theirs = self.timing.seeds("epoch_seconds"), self.smallest.seeds("epoch_seconds")
        seeds = mine.keys() & theirs.keys() if self.timing is not self.smallest else ()
        return summarise(1 - mine[s] / theirs[s] for s in seeds)

    @property
    def auc(self) -> PairedDifference:
        """Test AUC minus that with the smallest f; empty for the smallest f itself."""
        mine = self.timing.seeds("auc") if self.timing is not self.smallest else {}
        return compare(mine, self.smallest.seeds("auc"))


def _quantity(name: str, title: str = "") -> tuple[Column[Sweep], ...]:
    return quantity(name, title, lambda s: s.timing)


COLUMNS: tuple[Column[Sweep], ...] = (
    *stored("scale", of="timing.group"),
    *places("dataset", "model", of="timing.group", group=True),
    *stored("method", of="timing.group"),
    Column("update_every", "f", lambda s: s.timing.every, head=True),
    Column("hardware", value=lambda s: " ".join(machines(s.timing))),
    *seed_counts(lambda s: s.timing.group),
    *_quantity("epoch_seconds", "Seconds per epoch"),
    *_quantity("step_ms"),
    *_quantity("examples_per_second"),
    *_quantity("to_seconds"),
    *_quantity("to_examples"),
    *_quantity("train_seconds", "Seconds in all"),
    *_quantity("peak_memory_mb"),
    *_quantity("auc", "Test AUC"),
    *spread_over_seeds("saving", "Time saved per epoch", lambda s: s.saving, lambda s: _percent(s.saving)),
    Column("auc_difference", "AUC difference", lambda s: s.auc.difference, signed),
    Column("auc_p", "p", lambda s: s.auc.p, p_value, help="two-sided paired t-test over seeds, not corrected."),
    Column(
        "auc_detectable", "Detectable", lambda s: s.auc.detectable, fixed,
        help="the smallest true difference that these seeds find with probability 0.8 at p < 0.05.",
    ),
)  # fmt: skip


def frequency(material: Material) -> Table | None:
    """AutoLoss by f, the number of model updates per controller update; None unless several were timed."""
    found = frequencies(material)
    if not found:
        return None
    smallest = {t.place: t for t in reversed(found)}
    results = [r for t in found for r in t.group.results]
    return table(
        "frequency",
        "Update frequency f",
        "The controller is updated once after every f model updates. Saved, difference: against the smallest f.",
        COLUMNS,
        [Sweep(t, smallest[t.place]) for t in found],
        behind=lambda s: s.timing.group.results,
        notes=(
            f"Scale: {material.config.scale}.",
            "The paper: f = 7 saves about 60 % of the time of f = 1, and improves the result.",
            *mixtures(material, results, "frequency", timings=True),
        ),
    )


def _percent(share: Summary) -> Value:
    if not share.n:
        return Value(ABSENT)
    deviation = f"± {share.std:.0%}" if share.n > 1 else ""
    return Value(f"{share.mean:.0%}".replace("-", "−"), deviation, sort=share.mean)
