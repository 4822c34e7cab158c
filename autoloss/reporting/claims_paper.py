"""The paper's overall table (reports/paper/overall.yaml), read and checked."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from autoloss.errors import UserError

OVERALL = Path("reports/paper/overall.yaml")


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PaperMetric(_Frozen):
    """A metric's name in the tables, and which way is better."""

    label: str
    higher_is_better: bool


class PaperMethod(_Frozen):
    """A column: its name in the paper, and its family."""

    label: str
    family: str


class PaperRow(_Frozen):
    """One row: the values stand in the order of the methods; `starred` is the method with the star."""

    dataset: str
    model: str
    metric: str
    starred: str | None = None
    values: tuple[float, ...]


class PaperTable(_Frozen):
    """The paper's table. `datasets`, `models` and `methods` give labels by the names of params.yaml, in order."""

    metrics: dict[str, PaperMetric]
    datasets: dict[str, str]
    models: dict[str, str]
    methods: dict[str, PaperMethod]
    rows: tuple[PaperRow, ...]

    @model_validator(mode="after")
    def _names_are_known(self) -> "PaperTable":
        for row in self.rows:
            where = f"row {row.dataset}, {row.model}, {row.metric}"
            for kind in ("dataset", "model", "metric"):
                if getattr(row, kind) not in getattr(self, f"{kind}s"):
                    raise ValueError(f"{where}: {kind} '{getattr(row, kind)}' is not among the {kind}s")
            if len(row.values) != len(self.methods):
                raise ValueError(f"{where}: {len(row.values)} values for {len(self.methods)} methods")
            if row.starred is not None and row.starred not in self.methods:
                raise ValueError(f"{where}: starred '{row.starred}' is not among the methods")
        return self

    def numbers(self, row: PaperRow) -> dict[str, float]:
        """{method: number} of one row."""
        return dict(zip(self.methods, row.values, strict=True))

    def row(self, dataset: str, model: str, metric: str) -> PaperRow | None:
        """The row of that place, or None where the paper has none."""
        return next((r for r in self.rows if (r.dataset, r.model, r.metric) == (dataset, model, metric)), None)

    def value(self, dataset: str, model: str, metric: str, method: str) -> float | None:
        """The paper's number, or None where it has none (another dataset, model, metric or method)."""
        row = self.row(dataset, model, metric)
        return self.numbers(row).get(method) if row else None

    def gain(self, row: PaperRow) -> float:
        """The starred method's number minus the best of the others."""
        numbers = self.numbers(row)
        ours = numbers.pop(row.starred)
        return ours - (max if self.metrics[row.metric].higher_is_better else min)(numbers.values())

    def label(self, kind: str, name: str) -> str:
        """How a dataset, model, metric or method is written: the paper's word, or the name itself."""
        found = getattr(self, f"{kind}s").get(name, name)
        return found if isinstance(found, str) else found.label


def load_paper(path: Path = OVERALL) -> PaperTable:
    """Reads the paper's table.

    Raises:
        UserError: the file cannot be read, or a row does not fit the lists of names.
    """
    return validated(PaperTable, read_yaml(path), path)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file, or a UserError of one line."""
    try:
        return yaml.safe_load(path.read_text())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None


def validated(model: type[BaseModel], values: Any, path: Path, where: str = "") -> Any:
    """`values` as a `model`, or a UserError that names the file and the first place at fault."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, (*([where] if where else []), *first["loc"])))
        found = "" if first["type"] in ("missing", "value_error") else f", found {first['input']!r}"
        raise UserError(f"{path}: {place + ': ' if place else ''}{first['msg']}{found}") from None
