"""cell.json: what a finished cell is, and where it came from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autoloss.cells.hardware import Hardware
from autoloss.training.spec import Spec

RECORD = "cell.json"
Kind = Literal["train", "search", "tune", "timing"]


@dataclass(frozen=True)
class Provenance:
    """Where and when a cell was trained.

    Attributes:
        versions: of python and of the packages that compute.
        hardware: the machine.
        device: cpu or cuda. threads: of the process.
        git_commit: of the project's folder, None outside a repository or without git.
        finished_at: ISO 8601, UTC.
        command: trains the cell again.
    """

    versions: dict[str, str]
    hardware: Hardware
    device: str
    threads: int
    git_commit: str | None
    finished_at: str
    command: str


@dataclass(frozen=True)
class Description:
    """What a cell is: everything that its digest covers, and its names.

    Attributes:
        id: name of its directory.
        kind, scale, dataset, model, method, training, seed: as in `Cell`.
        digest: of all that its result depends on.
        hardware: id of the machine, for timing cells.
        spec: the resolved parameters.
        upstream: {role: id} of the cells it uses.
        code: {module: hash} of the code that trains it.
    """

    id: str
    kind: Kind
    scale: str
    dataset: str
    model: str
    method: str
    training: str
    seed: int
    digest: str
    hardware: str | None
    spec: Spec
    upstream: dict[str, str]
    code: dict[str, str]


@dataclass(frozen=True)
class CellRecord(Description):
    """The content of cell.json."""

    provenance: Provenance


def written(record: Path) -> int:
    """When a cell.json was written, in ns, which links keep; 0 if it is not there, or not there any more."""
    try:
        return record.stat().st_mtime_ns
    except OSError:
        return 0
