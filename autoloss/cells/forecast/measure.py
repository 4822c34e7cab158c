"""Seconds of a training step and of an evaluation, measured on random rows."""

import statistics
import time
from collections.abc import Callable

import torch

from autoloss.cells.forecast.speed import Speed
from autoloss.cells.forecast.work import without_warmup
from autoloss.data.encoded import EncodedData, Split
from autoloss.data.facts import Facts
from autoloss.methods import Constant, train_step
from autoloss.models import kept_gradients
from autoloss.training import settle
from autoloss.training.build import build
from autoloss.training.loop import evaluate_split
from autoloss.training.spec import Spec

SECONDS = 0.5  # of measuring, for each kind of step
VALID_ROWS = 10_000


def measure(spec: Spec, facts: Facts, threads: int) -> Speed:
    """Trains a few steps on random rows, on the processor of this machine.

    Args:
        spec: of the training run.
        facts: of its dataset, as encoded or as expected.
        threads: of a training process.
    """
    settle.machine(threads)
    train, valid = (_random_rows(facts, rows) for rows in (spec.training.batch_size, VALID_ROWS))
    data = EncodedData(facts, train, valid, valid)
    model, method = build(without_warmup(spec), data, seed=0)
    if isinstance(method, Constant):
        method.set_weights([1.0] * len(spec.losses))
    optimizer = torch.optim.Adam(model.parameters(), lr=spec.training.learning_rate, fused=True)

    turn = int(spec.method.params.get("every", 1))  # steps with one update of the controller, if there is one

    def train_a_turn(steps: int = turn) -> None:
        for _ in range(steps):
            train_step(model, optimizer, method, train.ids, train.y, lambda: (train.ids, train.y))

    with kept_gradients(model):
        train_a_turn(1)  # the first step makes the optimiser's state, and may try several ways to look ahead
        step = _seconds(train_a_turn, SECONDS) / turn
    return Speed(step, _seconds(lambda: evaluate_split(model, valid, data), 0.0) / VALID_ROWS, "measured")


def _seconds(do: Callable[[], object], at_least: float) -> float:
    """The median time of a call, repeated until `at_least` seconds have passed."""
    taken: list[float] = []
    while not taken or sum(taken) < at_least:
        begin = time.perf_counter()
        do()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def _random_rows(facts: Facts, rows: int) -> Split:
    """Rows of random values and labels; values are not all equally frequent."""
    sizes = torch.tensor(facts.field_sizes)
    ids = (torch.rand(rows, len(sizes)) ** 4 * sizes).long() + sizes.cumsum(0) - sizes
    classes = facts.n_classes or 2
    labels = torch.randint(0, classes, (rows,))
    return Split(ids.int(), labels if facts.task == "multiclass" else labels.float())
