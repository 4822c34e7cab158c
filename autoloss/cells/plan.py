"""From params.yaml to cells. Reads the configuration, the facts of the encoded data and source code; no torch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from autoloss.cells.cell import Cell
from autoloss.cells.known import not_yet_encoded
from autoloss.cells.maker import Maker, Names
from autoloss.config import Config
from autoloss.data.facts import Facts
from autoloss.errors import UserError

if TYPE_CHECKING:
    from autoloss.cells.answers import Answer


@dataclass(frozen=True)
class Plan:
    """All cells of a configuration: each once, and those of each experiment (without what is only upstream).

    Attributes:
        answers: how far the questions have come for which seeds are added until they are decided.
        added: ids of the cells that are there because a comparison was open; they come last.
    """

    cells: tuple[Cell, ...]
    experiments: dict[str, tuple[Cell, ...]]
    answers: "tuple[Answer, ...]" = ()
    added: frozenset[str] = frozenset()


def plan(
    config: Config,
    root: Path = Path("."),
    hardware: str | None = None,
    known: Mapping[str, Facts] | None = None,
    whole: Config | None = None,
) -> Plan:
    """The cells of `config`.

    Args:
        config: validated parameters.
        root: the project's folder, which holds the encoded data.
        hardware: id of this machine; without it, timing experiments have no cells.
        known: facts of the datasets; without them, those of the encoded data are read. With facts that are only
            expected, the cells are right but their digests are not.
        whole: what `config` is a part of: seeds that are added until a comparison is decided depend on all of it.

    Raises:
        UserError: encoded data that an experiment needs are missing.
    """
    if known is None:
        _check_encoded(config, root)
    maker = Maker(config, root, known or {})
    found: tuple[Answer, ...] = ()
    added: dict[tuple[str, Names], int] = {}
    if (whole or config).adaptive:
        from autoloss.cells.answers import answers, seeds_added  # imports scipy.stats, which costs a second

        found = answers(whole or config, maker)
        added = seeds_added(found)
    experiments = {
        name: tuple(_cells(maker, name, added, hardware))
        for name, experiment in config.experiments.items()
        if experiment.kind != "timing" or hardware
    }
    first: dict[str, Cell] = {}
    every: dict[str, Cell] = {}
    for name, cells in experiments.items():
        least = config.bounds(name)[0]
        for cell in cells:
            collect(cell, every)
            if cell.seed < least:
                collect(cell, first)
    return Plan(tuple({**first, **every}.values()), experiments, found, frozenset(every.keys() - first.keys()))


def _check_encoded(config: Config, root: Path) -> None:
    if missing := not_yet_encoded(config, root):
        folder = root / "data" / "encoded" / config.scale
        raise UserError(
            f"{folder}: {', '.join(missing)} not encoded yet; `dvc repro data` does it, "
            "`autoloss plan` and `autoloss forecast` work without"
        )


def collect(cell: Cell, into: dict[str, Cell]) -> None:
    """Adds a cell after those that it builds on."""
    for source in cell.upstream.values():
        collect(source, into)
    into.setdefault(cell.id, cell)


def _cells(maker: Maker, name: str, added: Mapping[tuple[str, Names], int], hardware: str | None) -> Iterator[Cell]:
    """The cells of an experiment, in the order of its lists."""
    experiment, least = maker.config.experiments[name], maker.config.bounds(name)[0]
    for dataset, model, method in product(experiment.datasets, experiment.models, experiment.methods):
        names = Names(dataset, model, method, experiment.training)
        for seed in range(added.get((name, names), least)):
            yield maker.cell(experiment, names, seed, hardware)
