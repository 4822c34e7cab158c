"""A cell: one training run with all that decides its result, and the one directory that holds it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autoloss import code_digest, records, seals
from autoloss.cells import digest
from autoloss.cells.record import RECORD, Description, Kind
from autoloss.errors import UserError
from autoloss.files import read_json
from autoloss.training.spec import Spec

State = Literal["done", "failed", "missing"]


@dataclass(frozen=True)
class Cell:
    """One training run (or one search, which is many).

    Attributes:
        kind: train; search (for a method's constant weights); tune (for settings);
            timing (a training run measured alone on one machine).
        scale, dataset, model, method, training: names in params.yaml.
        seed: of every random source.
        spec: the resolved parameters: all that the training job is given.
        upstream: cells whose results this one uses, by role (controller, search, tune).
        hardware: id of the machine, for timing cells only.
        code, digest: of the source that trains it, and of all that its result depends on.
    """

    kind: Kind
    scale: str
    dataset: str
    model: str
    method: str
    training: str
    seed: int
    spec: Spec = field(hash=False)
    upstream: dict[str, "Cell"] = field(hash=False, default_factory=dict)
    hardware: str | None = None
    code: str = field(init=False, default="")
    digest: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", digest.code(digest.roots(self.spec)))
        content = {
            "kind": self.kind,
            "scale": self.scale,
            "seed": self.seed,
            "spec": records.to_json(self.spec),
            "code": self.code,
            "upstream": {role: cell.id for role, cell in self.upstream.items()},
            "hardware": self.hardware,
        }
        object.__setattr__(self, "digest", digest.of(content)[:12])

    @property
    def title(self) -> str:
        """Its name without seed and digest: the same for all seeds."""
        source = self.upstream.get("controller")
        origin = f"-from-{source.model}-{source.dataset}" if source else ""
        kind = "" if self.kind == "train" else f"{self.kind}-"
        return f"{kind}{self.method}-{self.model}-{self.dataset}{origin}"

    @property
    def id(self) -> str:
        """Name of the directory."""
        return f"{self.title}-s{self.seed}-{self.digest}"

    def folder(self, root: Path = Path(".")) -> Path:
        """Where the result lies; `damage` says whether it is as it was sealed."""
        if self.hardware:
            return root / "results" / "timing" / self.hardware / self.id
        return root / "results" / "cells" / self.id

    def failure(self, root: Path = Path(".")) -> Path:
        """Where the last failed attempt left its one line."""
        return root / "results" / "failed" / f"{self.id}.json"

    def describe(self) -> Description:
        """What cell.json says of it, provenance apart."""
        upstream = {role: source.id for role, source in self.upstream.items()}
        names = ("id", "kind", "scale", "dataset", "model", "method", "training", "seed", "digest", "hardware", "spec")
        code = code_digest.modules_by_hash(digest.roots(self.spec))
        return Description(**{name: getattr(self, name) for name in names}, upstream=upstream, code=code)


def state(cell: Cell, root: Path = Path(".")) -> State:
    """done: the result is there, as it was sealed; failed: the last attempt left an error; missing: never finished."""
    folder = cell.folder(root)
    if not is_empty(folder) and not damage(folder, root):
        return "done"
    return "failed" if cell.failure(root).is_file() else "missing"


def is_empty(folder: Path) -> bool:
    """Whether nothing is there, or a folder with nothing in it, as Snakemake makes them for its jobs."""
    try:
        return not any(folder.iterdir())
    except NotADirectoryError:
        return False
    except FileNotFoundError:  # never there, or another process has just removed it
        return not folder.is_symlink()


def damage(folder: Path, root: Path) -> str | None:
    """What is wrong with the directory of a cell, in one line; None if it is as it was sealed."""
    try:
        if not folder.is_dir():
            raise UserError(f"{folder}: expected a folder")
        seals.check_changed(folder, RECORD, _last_check(folder, root))
        if (found := read_json(folder / RECORD).get("id")) != folder.name:
            raise UserError(f"{folder / RECORD}: is of the cell {found}")
    except UserError as error:
        return str(error)
    return None


def forget_last_check(folder: Path, root: Path) -> None:
    """Has the next `damage` read every file of a cell's directory, though size and times of all are as they were."""
    _last_check(folder, root).unlink(missing_ok=True)


def _last_check(folder: Path, root: Path) -> Path:
    """Where it is remembered, for each copy of a cell."""
    checked = root / "results" / "checked"
    return (checked / "archive" if folder.parent.name == "archive" else checked) / f"{folder.name}.json"


def error(cell: Cell, root: Path = Path(".")) -> str | None:
    """Why a cell is not done: its damage, the line that it left when it failed, or that of the cell it waits for."""
    folder = cell.folder(root)
    if not is_empty(folder) and (wrong := damage(folder, root)):
        return f"damaged: {wrong}"
    if cell.failure(root).is_file():
        return _last_words(cell.failure(root))
    for role, source in cell.upstream.items():
        if state(source, root) != "done" and (why := error(source, root)):
            return f"its {role} cell {source.id} failed: {why}"
    return None


def _last_words(failure: Path) -> str:
    try:
        return str(read_json(failure).get("error"))
    except UserError as unreadable:
        return str(unreadable)
