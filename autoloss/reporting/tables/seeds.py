"""How many seeds each comparison used, and why, where params.yaml adds them until it is decided."""

from dataclasses import dataclass

from autoloss.cells.answers import Answer, End
from autoloss.contrasts import Question
from autoloss.reporting import labels
from autoloss.reporting.groups import group
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result
from autoloss.reporting.tables._columns import Column, places, stored, table
from autoloss.reporting.tables._numbers import listed
from autoloss.reporting.tables._table import Table
from autoloss.statistics import ALPHA


@dataclass(frozen=True)
class Used:
    """One metric of a question.

    Attributes:
        answer: with the seeds. metric: the name.
    """

    answer: Answer
    metric: str

    @property
    def question(self) -> Question:
        return self.answer.question

    @property
    def end(self) -> End:
        return self.answer.ends[self.metric]

    @property
    def seeds(self) -> int:
        """Those of the method, which has as many as the rival with the most."""
        return self.answer.seeds[self.question.method]

    @property
    def rivals(self) -> str:
        """`CE 8 and Focal 5`."""
        others = [(m, n) for m, n in self.answer.seeds.items() if m != self.question.method]
        return listed([f"{labels.title(m)} {n}" for m, n in others])

    @property
    def why(self) -> str:
        """What ended it, in words."""
        method, rival = labels.title(self.question.method), labels.title(self.end.rival)
        return {
            "better": f"decided: {method} is better than {'each' if len(self.question.rivals) > 1 else rival}",
            "worse": f"decided: {method} is worse than {rival}",
            "out of reach": f"given up: {self.question.looks[-1]} seeds would hardly tell it from {rival}",
            "at most": "open with the most seeds",
            "waiting": "open: cells of its next look are not finished",
        }[self.end.state]


COLUMNS: tuple[Column[Used], ...] = (
    *stored("experiment", of="question"),
    *places("dataset", "model", of="question", group=True),
    *places("method", of="question"),
    Column("metric", "Metric", lambda u: u.metric, labels.metric, head=True, numeric=False),
    Column("seeds", "Seeds", lambda u: u.seeds),
    Column("rivals", "Seeds of its rivals", lambda u: u.rivals, numeric=False),
    Column("state", value=lambda u: u.end.state),
    Column("rival", value=lambda u: u.end.rival),
    Column("why", "Why no more", lambda u: u.why, numeric=False),
    Column("level", value=lambda u: u.question.levels[u.metric]),
)


def seeds(material: Material) -> Table | None:
    """One row per comparison whose seeds are added until it is decided; None without any."""
    if not material.answers:
        return None
    looks = dict.fromkeys(a.question.looks for a in material.answers)
    groups = group(material.results, "experiment", "dataset", "model", "method")

    def behind(used: Used) -> tuple[Result, ...]:
        q = used.question
        found = (groups.get((q.experiment, q.dataset, q.model, m)) for m in (q.method, *q.rivals))
        return tuple(result for each in found if each for result in each.results)

    return table(
        "seeds",
        "How many seeds, and why",
        f"Each comparison is judged at {'; '.join(', '.join(map(str, each)) for each in looks)} seeds, "
        "until it is decided in each metric.",
        COLUMNS,
        [Used(answer, metric) for answer in material.answers for metric in answer.ends],
        behind=behind,
        notes=(
            f"Scale: {material.config.scale}. Decided: the p value is below {ALPHA:g} divided by the number of "
            "comparisons that are corrected together (Bonferroni; a star, after Holm's correction, is no harder to "
            "earn). With several rivals: the method is better than each of them, or worse than one; a rival that is "
            "settled in each metric gets no further seeds.",
            "Given up: the last look would have less than a 50 % chance of deciding it, even with a true difference at "
            "the far end of its 80 % interval. That costs power, not error: the p values hold whatever ends the looks.",
        ),
    )
