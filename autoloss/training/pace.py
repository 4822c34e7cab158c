"""How a training run that takes long is going: a small record, every so many seconds."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autoloss import metrics, records

if TYPE_CHECKING:
    from autoloss.training.progress import Progress  # imports torch, and reading a pace needs none

PACE = "pace.json"
SECONDS = 10.0  # between two reports: what is over sooner leaves none


@dataclass(frozen=True)
class Pace:
    """How far a training run is.

    Attributes:
        run: which of the cell's training runs, from 1; of a search there are several.
        step, last_step: steps done, and how many there are at most.
        examples_per_second: since the last report, evaluations included.
        metric: the validation metric that decides. newest, best: its values; None before the first evaluation.
        seconds_left: until `last_step` at the average pace of this process: validation may stop training sooner.
    """

    run: int
    step: int
    last_step: int
    examples_per_second: float
    metric: str
    newest: float | None
    best: float | None
    seconds_left: float


class Reporter:
    """Reports the pace of a cell's training runs, one after another.

    Args:
        path: the record, replaced at each report.
        say: told of each report, for the log.
        every_seconds: the least time between two reports.
    """

    def __init__(self, path: Path, say: Callable[[Pace], None], every_seconds: float = SECONDS):
        self.path, self.say, self.every_seconds = path, say, every_seconds
        self.run = 0

    def start(self, progress: "Progress", last_step: int, batch_size: int) -> None:
        """A training run begins, or goes on where it was interrupted."""
        self.run += 1
        self._last_step, self._batch_size = last_step, batch_size
        self._began = self._reported = (time.monotonic(), progress.step)

    def stepped(self, progress: "Progress") -> None:
        """A step is done; reports if the last report is long enough ago. Does not wait for the device."""
        now, (then, step) = time.monotonic(), self._reported
        if now - then < self.every_seconds or progress.step == step:
            return
        pace = self._pace(progress, now)
        self._reported = now, progress.step
        with contextlib.suppress(OSError):  # a full disk, say: training does not end for a record of how it is going
            records.write(pace, self.path)
        self.say(pace)

    def _pace(self, progress: "Progress", now: float) -> Pace:
        (begin, first), (then, step) = self._began, self._reported
        evaluations = [metrics.deciding_among(each.valid) for each in progress.history[-1:]]
        metric = next((found for found in evaluations if found), None)
        return Pace(
            run=self.run,
            step=progress.step,
            last_step=self._last_step,
            examples_per_second=(progress.step - step) * self._batch_size / (now - then),
            metric=metric.phrase if metric else "",
            newest=progress.history[-1].valid[metric.name] if metric else None,
            best=progress.best.valid[metric.name] if metric else None,
            seconds_left=(self._last_step - progress.step) * (now - begin) / (progress.step - first),
        )
