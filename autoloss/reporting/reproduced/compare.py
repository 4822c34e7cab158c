"""Two runs side by side: equal to the last bit, equal within the spread over seeds, or different."""

from collections import Counter
from dataclasses import dataclass
from math import isfinite, nan
from statistics import stdev
from typing import Literal

from scipy.stats import t

from autoloss import metrics
from autoloss.reporting.reproduced.other import Other
from autoloss.reporting.reproduced.record import Record, Trained
from autoloss.reporting.reproduced.tables import compare_tables

Verdict = Literal["bit-equal", "equal within the spread over seeds", "different"]
VERDICTS: tuple[Verdict, Verdict, Verdict] = ("bit-equal", "equal within the spread over seeds", "different")
EQUAL, CLOSE, DIFFERENT = VERDICTS
LEVEL = 0.95


@dataclass(frozen=True)
class Pair:
    """One training run here and there.

    Attributes:
        name, seed: of the training run.
        verdict: on its test metrics.
        detail: the metrics that differ too much.
        same_digest: whether code, parameters and data are the same.
    """

    name: str
    seed: int
    verdict: Verdict
    detail: str
    same_digest: bool


@dataclass(frozen=True)
class Comparison:
    """This machine's results beside another's.

    Attributes:
        other: where those are from.
        pairs: training runs that both have. only_here, only_there: how many only one has.
        tables: {name: what came out}.
        circumstances: what differs between the machines: "torch 2.13.0 here, 2.12.0 there".
    """

    other: str
    pairs: list[Pair]
    only_here: int
    only_there: int
    tables: dict[str, Verdict]
    circumstances: list[str]

    def counts(self) -> str:
        """`12 bit-equal, 3 equal within the spread over seeds`."""
        return _counted([pair.verdict for pair in self.pairs])

    def line(self) -> str:
        """All of it in one line, for the page."""
        if not self.pairs:
            return f"None of these results is among those of {self.other}, so there is nothing to compare."
        changed = sum(not pair.same_digest for pair in self.pairs)
        parts = [f"Test metrics beside those of {self.other}, {len(self.pairs)} training runs: {self.counts()}."]
        if self.tables:
            parts.append(f"{len(self.tables)} tables: {_counted(list(self.tables.values()))}.")
        if changed:
            parts.append(f"Code, parameters or data of {changed} have changed since.")
        parts.append(f"Machines: {'; '.join(self.circumstances) or 'the same hardware, versions and threads'}.")
        return " ".join(parts)


def compare(here: Record, tables: dict[str, str], other: Other) -> Comparison:
    """Compares cell by cell and table by table; timings are left out.

    Args:
        here: this machine's cells.
        tables: {name: csv text} of this machine's report.
        other: what they are compared with.
    """
    there = other.record
    pairs = [
        _pair(name, seed, here, there)
        for name, cells in here.by_name.items()
        for seed in cells
        if seed in there.by_name.get(name, {})
    ]
    shared = sorted(tables.keys() & other.tables.keys())
    return Comparison(
        other=other.title,
        pairs=pairs,
        only_here=len(here.cells) - len(pairs),
        only_there=len(there.cells) - len(pairs),
        tables={name: VERDICTS[compare_tables(tables[name], other.tables[name], LEVEL)] for name in shared},
        circumstances=_differing(here.circumstances(), there.circumstances()),
    )


def _pair(name: str, seed: int, here: Record, there: Record) -> Pair:
    ours, theirs = here.by_name[name][seed], there.by_name[name][seed]
    same = ours.digest == theirs.digest
    if ours.test == theirs.test:
        return Pair(name, seed, EQUAL, "", same)
    far = [_said(m, ours, theirs) for m in metrics.headline() if _differ(m, ours, theirs, there.by_name[name])]
    return Pair(name, seed, DIFFERENT if far else CLOSE, ", ".join(far), same)


def _differ(metric: str, ours: Trained, theirs: Trained, seeds: dict[int, Trained]) -> bool:
    """Whether two values differ by more than two seeds do: more than the 95 % interval of such a difference."""
    a, b = ours.test.get(metric), theirs.test.get(metric)
    if a is None or b is None or isfinite(a) != isfinite(b):
        return a != b
    values = [value for cell in seeds.values() if isfinite(value := cell.test.get(metric, nan))]
    if len(values) < 2:
        return a != b
    return abs(a - b) > float(t.ppf((1 + LEVEL) / 2, len(values) - 1)) * 2**0.5 * stdev(values)


def _said(metric: str, ours: Trained, theirs: Trained) -> str:
    return f"{metric} {ours.test.get(metric)} here, {theirs.test.get(metric)} there"


def _differing(here: dict[str, str], there: dict[str, str]) -> list[str]:
    pairs = {key: (here.get(key, "–"), there.get(key, "–")) for key in (*here, *there)}
    return [f"{key} {ours} here, {theirs} there" for key, (ours, theirs) in pairs.items() if ours != theirs]


def _counted(verdicts: list[Verdict]) -> str:
    count = Counter(verdicts)
    return ", ".join(f"{count[verdict]} {verdict}" for verdict in VERDICTS if count[verdict])
