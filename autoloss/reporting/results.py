"""What the reports know of one cell: the record that `collect` fills, and that tables and claims read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from autoloss.cells.finished import FinishedCell
from autoloss.errors import UserError
from autoloss.training.history import Evaluation

PAPER_TRAINING = "paper"  # the regime of params.yaml that follows the paper


@dataclass(frozen=True)
class Result:
    """One cell as seen from one experiment (a cell that two experiments list is two results with one `cell_id`).

    Attributes:
        cell_id: name of the cell's directory.
        experiment: its name in params.yaml.
        kind: "train", "search", "tune" or "timing".
        scale: "demo", "small" or "full".
        dataset, model, method, training: names in params.yaml.
        seed: the training's seed; results are paired by it.
        state: "done", "failed" (see `error`) or "missing" (planned, never run).
        test, valid: metrics by name at the best state ("auc", "logloss", "logloss_calibrated", …); None unless done.
        cost: what the cell took, by name ("seconds", "train_examples", "epoch_seconds", …); None unless done.
        finished: what the cell's directory says; None unless done.
        folder: the cell's directory, or None when there is none.
        error: one line, for a failed cell.
        params: the method's resolved hyperparameters (say, every).
        transfer_from: (dataset, model) that the frozen controller was learned on; None when it was not transferred.
        hardware: id of the machine that ran it.
        looks: the numbers of seeds at which its experiment's comparisons are judged, where seeds are added until they
            are decided; empty where the number of seeds is fixed.
    """

    cell_id: str
    experiment: str
    kind: str
    scale: str
    dataset: str
    model: str
    method: str
    training: str
    seed: int
    state: Literal["done", "failed", "missing"] = "done"
    test: dict[str, float] | None = None
    valid: dict[str, float] | None = None
    cost: dict[str, float] | None = None
    finished: FinishedCell | None = None
    folder: Path | None = None
    error: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    transfer_from: tuple[str, str] | None = None
    hardware: str | None = None
    looks: tuple[int, ...] = ()

    @property
    def history(self) -> list[Evaluation]:
        """The evaluations in order of step; empty where there are none."""
        return self.finished.history if self.finished else []


def one_scale(results: Iterable[Result], where: str) -> str:
    """The scale of the results; empty without any.

    Raises:
        UserError: they are of several scales: their numbers must not stand in one table.
    """
    scales = sorted({r.scale for r in results})
    if len(scales) > 1:
        raise UserError(f"{where}: refuses to mix scales, found {' and '.join(scales)}, expected one")
    return scales[0] if scales else ""


def select(results: Iterable[Result], **wanted: Any) -> list[Result]:
    """The results whose attributes equal all of `wanted`: `select(results, dataset="criteo", state="done")`."""
    return [r for r in results if all(getattr(r, name) == value for name, value in wanted.items())]


def by_seed(results: Iterable[Result], metric: str) -> dict[int, float]:
    """{seed: test metric} of the results that are done and have it, ready to be paired."""
    return {r.seed: float(r.test[metric]) for r in results if r.state == "done" and r.test and metric in r.test}
