"""What a training run records at each evaluation: history.jsonl, and the controller's selection.json."""

import json
from dataclasses import dataclass
from pathlib import Path

from autoloss import records
from autoloss.errors import UserError

HISTORY, SELECTION = "history.jsonl", "selection.json"


@dataclass(frozen=True)
class Evaluation:
    """One evaluation on validation data.

    Attributes:
        step, epoch: training steps done; the same in epochs.
        train_examples, valid_examples: examples seen by the model, and by controller updates.
        seconds, train_seconds: since the start, and without evaluations.
        train_loss: mean of the method's mixture since the last evaluation.
        valid: validation metrics by name.
        learning: the method's diagnostics (entropy, mixture weights, alarms…).
    """

    step: int
    epoch: float
    train_examples: int
    valid_examples: int
    seconds: float
    train_seconds: float
    train_loss: float
    valid: dict[str, float]
    learning: dict[str, object]


@dataclass(frozen=True)
class SelectionMap:
    """What a controller selects after `step` steps.

    Attributes:
        selection: [label][prediction][candidate] probability.
        hypergradient: the same shape, from the last updates; None where no example was seen.
    """

    step: int
    selection: list[list[list[float]]]
    hypergradient: list[list[list[float] | None]] | None


@dataclass(frozen=True)
class Selection:
    """A controller over the whole training run.

    Attributes:
        probabilities: the predictions at which it is recorded.
        labels: the labels.
        losses: names of the candidates.
        maps: one per evaluation.
    """

    probabilities: list[float]
    labels: list[int | float]
    losses: list[str]
    maps: list[SelectionMap]


def write_history(history: list[Evaluation], path: Path) -> None:
    """One JSON line per evaluation."""
    path.write_text("".join(json.dumps(records.to_json(each)) + "\n" for each in history), encoding="utf-8")


def read_history(path: Path) -> list[Evaluation]:
    """The evaluations in order of step.

    Raises:
        UserError: the file is unreadable, or a line is not an evaluation.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        contents = [json.loads(line) for line in lines]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:
        raise UserError(f"{path}: not valid JSON lines") from None
    return [records.from_json(Evaluation, each, f"{path}, line {n}") for n, each in enumerate(contents, 1)]
