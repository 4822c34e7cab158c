"""How much a cell computes at most: training steps, and evaluations of the validation split."""

from dataclasses import dataclass, replace
from typing import cast

from autoloss import registry
from autoloss.cells.cell import Cell
from autoloss.training.loop import Schedule
from autoloss.training.roles import Searches
from autoloss.training.spec import Spec


@dataclass(frozen=True)
class Work:
    """What training runs compute.

    Attributes:
        steps: of training.
        evaluations: of the validation split; `first` of them pass before patience can end training.
    """

    steps: int
    evaluations: int
    first: int

    def __mul__(self, runs: int) -> "Work":
        return Work(self.steps * runs, self.evaluations * runs, self.first * runs)

    @property
    def least(self) -> float:
        """The share of it that is computed even if the first evaluation is the best one."""
        return self.first / self.evaluations


def at_most(cell: Cell) -> Work:
    """All that a cell computes if patience ends none of its training runs, and no trial is pruned."""
    return _run(cell.spec) * _runs(cell)


def _run(spec: Spec) -> Work:
    rows, settings = spec.data.rows_per_split["train"], spec.training
    schedule = Schedule(max(1, rows), settings)
    evaluations = settings.epochs * min(settings.evaluations_per_epoch, schedule.per_epoch)
    return Work(schedule.last, evaluations, min(evaluations, 1 + settings.patience))


def _runs(cell: Cell) -> int:
    if cell.kind == "tune" and cell.spec.tuning:
        return cell.spec.tuning.trials
    if cell.kind == "search":
        losses = [registry.load("losses", loss.use)(**loss.params) for loss in cell.spec.losses.values()]
        rule = registry.load("methods", cell.spec.method.use)
        return cast(Searches, rule(losses, cell.spec.data.n_outputs, **cell.spec.method.params)).trials
    return 1


def without_warmup(spec: Spec) -> Spec:
    """The specification with a method that acts from the first step on."""
    params = {name: 0 if name == "warmup" else value for name, value in spec.method.params.items()}
    return replace(spec, method=replace(spec.method, params=params))
