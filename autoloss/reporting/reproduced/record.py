"""tables/cells.json: the test metrics of every cell to the last digit, and what it was trained with.

It is committed with the tables, so that a clone can tell whether it gets the same numbers.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from autoloss import records
from autoloss.cells.finished import FinishedCell
from autoloss.cells.record import Provenance
from autoloss.errors import UserError
from autoloss.training.outcome import TrainingOutcome

FILE = "cells.json"


@dataclass(frozen=True)
class Trained:
    """A cell.

    Attributes:
        name: what was trained: kind, scale, dataset, model, method, training, and where its controller comes from.
        seed: of the training run.
        digest: of all that the result depends on.
        test: metrics by name.
        origin: number of its circumstances in the record.
    """

    name: str
    seed: int
    digest: str
    test: dict[str, float]
    origin: int


@dataclass(frozen=True)
class Record:
    """The training runs of a project, timings apart.

    Attributes:
        origins: the circumstances that occur: versions, processor, device, threads.
        cells: every finished one.
    """

    origins: list[dict[str, str]]
    cells: list[Trained]

    @cached_property
    def by_name(self) -> dict[str, dict[int, Trained]]:
        """{name: {seed: cell}}."""
        found: dict[str, dict[int, Trained]] = {}
        for cell in self.cells:
            found.setdefault(cell.name, {})[cell.seed] = cell
        return found

    def circumstances(self) -> dict[str, str]:
        """All values of each circumstance, joined."""
        keys = dict.fromkeys(key for origin in self.origins for key in origin)
        return {key: ", ".join(sorted({origin.get(key, "–") for origin in self.origins})) for key in keys}


def of_results(finished: Iterable[FinishedCell]) -> Record:
    """The record of finished cells: the training runs among them, each once."""
    origins: dict[str, int] = {}
    cells: dict[str, Trained] = {}
    for cell in finished:
        if cell.about.kind != "train" or not isinstance(cell.outcome, TrainingOutcome):
            continue
        origin = json.dumps(_circumstances(cell.about.provenance), sort_keys=True)
        number = origins.setdefault(origin, len(origins))
        about = cell.about
        cells[about.id] = Trained(
            _name(cell), about.seed, about.digest, dict(sorted(cell.outcome.test.items())), number
        )
    return Record([json.loads(origin) for origin in origins], [cells[id] for id in sorted(cells)])


def to_text(record: Record) -> str:
    """As JSON, a line per cell."""
    origins, cells = (",\n".join(f"  {line}" for line in lines) for lines in _lines(record))
    return f'{{\n "origins": [\n{origins}\n ],\n "cells": [\n{cells}\n ]\n}}\n'


def from_text(text: str, where: object) -> Record:
    """What `to_text` wrote.

    Raises:
        UserError: it is something else.
    """
    try:
        content = json.loads(text)
    except ValueError:
        raise UserError(f"{where}: not valid JSON") from None
    return records.from_json(Record, content, where)


def _lines(record: Record) -> tuple[list[str], list[str]]:
    content = records.to_json(record)
    return [json.dumps(each) for each in content["origins"]], [json.dumps(each) for each in content["cells"]]


def _name(cell: FinishedCell) -> str:
    about = cell.about
    source = about.upstream.get("controller", "").rpartition("-s")[0]
    parts = (about.method, about.model, about.dataset, about.training, about.scale, source and f"from {source}")
    return " · ".join(part for part in parts if part)


def _circumstances(origin: Provenance) -> dict[str, str]:
    machine = origin.hardware
    return {
        **origin.versions,
        "processor": f"{machine.cpu}, {machine.cores or '?'} cores",
        "GPU": machine.gpu or "none",
        "device": origin.device,
        "threads": str(origin.threads),
    }
