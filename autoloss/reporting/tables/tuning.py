"""What the search for settings chose for each method, and what it gained on validation."""

from dataclasses import dataclass

from autoloss import metrics
from autoloss.reporting import labels
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result
from autoloss.reporting.tables._columns import Column, places, stored, table
from autoloss.reporting.tables._numbers import ABSENT, fixed, listed
from autoloss.reporting.tables._table import Table
from autoloss.training.outcome import TuningOutcome


@dataclass(frozen=True)
class Tuned:
    """A finished search.

    Attributes:
        result: its cell.
        found: what it found.
    """

    result: Result
    found: TuningOutcome

    def setting(self, name: str) -> float | None:
        """A setting of the training; None where the default settings were the best."""
        return self.found.settings.training.get(name)

    @property
    def own(self) -> str:
        """The method's own settings."""
        return listed([f"{name} {value:.3g}" for name, value in self.found.settings.method.items()])

    @property
    def gain(self) -> float | None:
        """The best validation value minus that of the first trial (the default settings); None if that one failed."""
        first, values = self.found.trials[0].value, [t.value for t in self.found.trials if t.value is not None]
        return None if first is None else max(values) - first

    @property
    def failed(self) -> int:
        """Trials that diverged."""
        return sum(trial.value is None for trial in self.found.trials)


def _short(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.2g}"


COLUMNS: tuple[Column[Tuned], ...] = (
    *stored("scale", of="result"),
    *places("dataset", "model", of="result", group=True),
    *places("method", of="result"),
    Column("training", "Regime", lambda t: t.result.training, head=True, numeric=False),
    Column("trials", "Trials", lambda t: len(t.found.trials)),
    Column("failed", "Failed", lambda t: t.failed, help="trials whose training diverged"),
    Column("learning_rate", "Learning rate", lambda t: t.setting("learning_rate"), _short),
    Column("weight_decay", "Weight decay", lambda t: t.setting("weight_decay"), _short),
    Column("own", "The method's own", lambda t: t.own, numeric=False),
    Column("gain", "Gain", lambda t: t.gain, fixed, help="best validation value minus that of the first trial"),
)


def tuning(material: Material) -> Table | None:
    """One row per search; None where there is none."""
    done = [(r, r.finished.outcome) for r in material.upstream if r.kind == "tune" and r.finished]
    found = [Tuned(result, outcome) for result, outcome in done if isinstance(outcome, TuningOutcome)]
    if not found:
        return None
    tasks = dict.fromkeys(material.config.datasets[t.result.dataset].task for t in found)
    decided = listed([labels.metric(metrics.deciding(task).name) for task in tasks])
    return table(
        "tuning",
        "What tuning chose",
        f"Every method had the same number of trials; validation {decided} decided. A dash: the default settings won.",
        COLUMNS,
        found,
        behind=lambda t: (t.result,),
        notes=(f"Scale: {material.config.scale}.",),
    )
