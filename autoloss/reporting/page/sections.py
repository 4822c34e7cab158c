"""Which block stands in which section of the page: the answer first, then what supports it."""

from collections.abc import Iterator, Sequence

from autoloss.reporting.claims import OUTCOMES
from autoloss.reporting.figures import Figure
from autoloss.reporting.labels import experiment as experiment_title
from autoloss.reporting.material import Material
from autoloss.reporting.page.answer import answer
from autoloss.reporting.page.blocks import Block, Claims, Files, Folded, Section, Shown, Words, galleries
from autoloss.reporting.page.left_out import left_out
from autoloss.reporting.page.stored import stored
from autoloss.reporting.reproduced import Comparison
from autoloss.reporting.tables import Table
from autoloss.reporting.tables.claims import grouped
from autoloss.reporting.tables.numbers import numbers

SENTENCES = ("best", "families", "transfer", "efficiency")  # claims that are written out; the many numbers are folded
UNTESTED = OUTCOMES[-1]


class Sections:
    """Arranges what was made.

    Args:
        material: what was collected.
        tables, figures: all that were made.
        compared: these results beside the committed ones, if there are any.
    """

    def __init__(
        self,
        material: Material,
        tables: Sequence[Table],
        figures: Sequence[Figure],
        compared: Comparison | None = None,
    ):
        self.material, self.tables, self.figures = material, {t.name: t for t in tables}, figures
        self.compared = compared

    def all(self) -> list[Section]:
        """The sections in order; those without anything in them are left out."""
        made = [self._answer(), stored(self.material.root), self._claims()]
        made += [self._grid(name) for name in self.material.grids]
        made += [
            Section("controller", "What the controller does", list(self._controllers())),
            self._topic("transfer", "Transferability", "transfer"),
            self._topic("efficiency", "Efficiency", "efficiency", "frequency"),
            self._topic("ablations", "Ablations", "ablations"),
            self._topic("open", "What the paper leaves open", "ambiguities"),
            self._topic("seeds", "Seeds", "seeds"),
            Section("cost", "Cost", self._folded("cost", "tuning")),
            self._topic("data", "Data", "datasets"),
            left_out(self.material.config, self.material.root),
        ]
        if self.tables["failures"].rows:
            made.append(self._topic("failures", "Failed and missing cells", "failures"))
        return [section for section in made if section and section.blocks]

    def _answer(self) -> Section | None:
        """Three sentences, one picture, one table, and whether the committed results come out again here."""
        experiment = self.material.headline
        if experiment is None:
            return None
        blocks: list[Block] = [answer(self.material, experiment), *galleries(self._drawn("answer"))]
        blocks.append(Shown(self.tables[experiment]))
        if self.compared:
            blocks.append(Words(self.compared.line()))
        return Section("answer", "What came out", blocks)

    def _claims(self) -> Section | None:
        """The claims that can be tested at this scale; the others are counted, and folded away."""
        verdicts = self.material.verdicts
        if not verdicts:
            return None
        counts = [f"{n} {outcome}" for outcome in OUTCOMES if (n := sum(v.verdict == outcome for v in verdicts))]
        blocks: list[Block] = [Words(f"{len(verdicts)} claims of the paper: {', '.join(counts)}.")]
        tested, untested = self._claim_groups(tested=True), self._claim_groups(tested=False)
        for group in tested:
            is_sentence = group.anchor.removeprefix("claims-") in SENTENCES
            blocks.append(group if is_sentence else Folded(group.title, f"{len(group.verdicts)} claims", [group]))
        if untested:
            count = sum(len(group.verdicts) for group in untested)
            blocks.append(Folded(f"{UNTESTED.capitalize()}", f"{count} claims", untested))
        forms = (("csv", "csv"), ("markdown", "md"), ("LaTeX", "tex"))
        links = [(form, f"tables/claims.{ending}") for form, ending in forms]
        return Section("claims", "The paper's claims", [*blocks, Files("All of them (also: autoloss verify):", links)])

    def _claim_groups(self, tested: bool) -> list[Claims]:
        known = {r.cell_id: r for r in (*self.material.upstream, *self.material.results)}
        found = []
        for name, title, verdicts in grouped(self.material):
            chosen = [v for v in verdicts if (v.verdict != UNTESTED) == tested]
            lines = [(v, [known[c] for c in v.cells if c in known]) for v in chosen]
            if lines:
                found.append(Claims(title, f"claims-{name}" if tested else f"untested-{name}", lines))
        return found

    def _grid(self, name: str) -> Section:
        """The table of a grid experiment (unless the answer has it), every number, tests, figures."""
        is_answer = name == self.material.headline
        shown: list[Block] = [] if is_answer else [Shown(self.tables[name])]
        every = numbers(self.material, name)
        folded: list[Block] = [Folded(every.title, f"{len(every.rows)} rows", [Shown(every, files=False)])]
        blocks = [*shown, *folded, *self._folded(f"{name}-tests"), *galleries(self._drawn(name))]
        title = experiment_title(name)
        return Section(name.replace("_", "-"), f"{title}, in detail" if is_answer else title, blocks)

    def _controllers(self) -> Iterator[Block]:
        """Those of the headline experiment; the others are folded away."""
        drawn = self._drawn("controller")
        main = [f for f in drawn if f.behind[0].experiment == self.material.headline]
        yield from galleries(main)
        others = [f for f in drawn if f not in main]
        if others:
            yield Folded("In the other experiments", f"{len(others)} figures", galleries(others))

    def _topic(self, anchor: str, title: str, *tables: str) -> Section:
        shown = [Shown(self.tables[name]) for name in tables if name in self.tables]
        return Section(anchor, title, [*shown, *galleries(self._drawn(anchor))])

    def _folded(self, *names: str) -> list[Block]:
        found = [self.tables[name] for name in names if name in self.tables]
        return [Folded(table.title, f"{len(table.rows)} rows", [Shown(table)]) for table in found]

    def _drawn(self, topic: str) -> list[Figure]:
        return [figure for figure in self.figures if figure.topic == topic]
