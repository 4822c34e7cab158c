"""How many seeds each comparison gets where params.yaml says `until: decided`: a function of the cells that are there.

A question is asked at a few numbers of seeds, its looks, and each time of all its rivals with these seeds alone. So it
does not depend on which cell finished first, nor on the machine, and nothing needs to be recorded: whoever has the same
cells, gets the same seeds.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from autoloss import metrics, records
from autoloss.cells import cell as cells
from autoloss.cells.cell import Cell
from autoloss.cells.maker import Maker, Names
from autoloss.config import Config
from autoloss.contrasts import Question, questions
from autoloss.statistics import repeated_p, within_reach
from autoloss.training.outcome import OUTCOME, TrainingOutcome

State = Literal["better", "worse", "out of reach", "at most", "waiting"]
Score = Callable[[str, int, str], float | None]  # of method, seed, metric: None before its cell is finished, NaN: none
_ENDS: tuple[State, ...] = ("worse", "out of reach")  # one rival is enough


@dataclass(frozen=True)
class End:
    """Why a question has no more seeds, in one metric.

    Attributes:
        state: better: than each rival; worse: than one of them; out of reach: the seeds that are left would hardly
            decide it; at most: all seeds are used, and it is open; waiting: cells of the next look are not finished.
        rival: the one that decided it; empty for the other states.
    """

    state: State
    rival: str = ""


@dataclass(frozen=True)
class Answer:
    """How far a question has come.

    Attributes:
        question: with its method and rivals.
        seeds: {method: how many seeds it is to have for this question}.
        ends: {metric: why no more}.
    """

    question: Question
    seeds: dict[str, int]
    ends: dict[str, End]


def answer(question: Question, score: Score) -> Answer:
    """Asks a question at one look after another, as far as its cells are finished, until each metric has an end.

    A rival for which each metric has come to an end gets no further seeds. So whatever is decided about it, is decided
    by all of the seeds that it has.
    """
    method, rivals = question.method, question.rivals
    seeds: dict[str, int] = {}
    judged: dict[str, dict[str, State | None]] = {}  # by rival and metric
    ends: dict[str, End | None] = {}
    for n in question.looks:
        seeds |= dict.fromkeys((method, *rivals), n)
        last = n == question.looks[-1]
        for rival in rivals:
            found = {metric: _scores(score, (method, rival), n, metric) for metric in question.levels}
            if not all(found.values()):
                return Answer(question, seeds, dict.fromkeys(question.levels, End("waiting")))
            judged[rival] = {metric: _judged(question, metric, *pair, last=last) for metric, pair in found.items()}
        ends = {metric: _end({rival: each[metric] for rival, each in judged.items()}) for metric in question.levels}
        if all(ends.values()):
            break
        rivals = tuple(rival for rival in rivals if not all(judged[rival].values()))
    return Answer(question, seeds, {metric: end or End("at most") for metric, end in ends.items()})


def _scores(score: Score, pair: tuple[str, str], n: int, metric: str) -> tuple[dict[int, float], ...]:
    """{seed: metric} of the first n seeds of two methods, those that are finite; empty while a cell is missing."""
    found = [{seed: score(method, seed, metric) for seed in range(n)} for method in pair]
    if any(value is None for each in found for value in each.values()):
        return ()
    return tuple({s: v for s, v in each.items() if v is not None and math.isfinite(v)} for each in found)


def _judged(
    question: Question, metric: str, ours: dict[int, float], theirs: dict[int, float], *, last: bool
) -> State | None:
    """What the seeds so far say of the method beside one rival; None while that is open."""
    level = question.levels[metric]
    if repeated_p(ours, theirs, question.looks) < level:
        more = sum(ours[seed] - theirs[seed] for seed in ours.keys() & theirs.keys()) > 0
        return "better" if more == metrics.get(metric).higher_is_better else "worse"
    return None if last or within_reach(ours, theirs, question.looks, level) else "out of reach"


def _end(judged: Mapping[str, State | None]) -> End | None:
    """The end of one metric, from what is known of the method beside each rival."""
    for state in _ENDS:
        if against := [rival for rival, each in judged.items() if each == state]:
            return End(state, against[0])
    return End("better", list(judged)[-1]) if all(each == "better" for each in judged.values()) else None


def answers(whole: Config, maker: Maker) -> tuple[Answer, ...]:
    """How far all questions have come about the cells that are made here.

    Args:
        whole: the configuration that asks them.
        maker: of the cells, for all of the configuration or for a part of it.
    """
    finished = _Finished(maker.root)

    def ask(question: Question) -> Answer:
        experiment = whole.experiments[question.experiment]

        @cache
        def cell(method: str, seed: int) -> Cell:
            names = Names(question.dataset, question.model, method, question.training)
            return maker.cell(experiment, names, seed)

        def score(method: str, seed: int, metric: str) -> float | None:
            return finished.score(cell(method, seed), metric)

        return answer(question, score)

    part = maker.config.experiments
    return tuple(
        ask(q)
        for q in questions(whole)
        if q.looks and q.experiment in part
        if q.dataset in part[q.experiment].datasets and q.model in part[q.experiment].models
    )


def seeds_added(found: tuple[Answer, ...]) -> dict[tuple[str, Names], int]:
    """{(experiment, names): seeds}: the most that a question asks for."""
    most: dict[tuple[str, Names], int] = {}
    for each in found:
        q = each.question
        for method, seeds in each.seeds.items():
            key = q.experiment, Names(q.dataset, q.model, method, q.training)
            most[key] = max(seeds, most.get(key, 0))
    return most


class _Finished:
    """The test metrics of cells, each read once."""

    def __init__(self, root: Path):
        self.root = root
        self.test: dict[str, Mapping[str, float] | None] = {}

    def score(self, cell: Cell, metric: str) -> float | None:
        """A test metric: None before the cell is finished, NaN where it has none."""
        if cell.id not in self.test:
            done = cells.state(cell, self.root) == "done"
            path = cell.folder(self.root) / OUTCOME
            self.test[cell.id] = records.read(TrainingOutcome, path).test if done else None
        found = self.test[cell.id]
        return None if found is None else found.get(metric, math.nan)
