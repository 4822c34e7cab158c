"""The paper's claims, one class for each kind of check."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from autoloss.reporting import labels
from autoloss.reporting.results import Result


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Claim(_Frozen):
    """The fields that every claim has.

    Attributes:
        id: section/…, unique.
        text: the claim in a sentence.
        mark: where it comes from: P the authors, D ours.
        scales: at which scales our results can speak of it.
        elsewhere: why not at the others.
    """

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    mark: Literal["P", "G", "B", "D"]
    scales: tuple[Literal["demo", "small", "full"], ...]
    elsewhere: str = ""


class Contender(_Frozen):
    """A method in a comparison; in YAML a bare name, or `name*` for its frozen controller learned elsewhere.

    Attributes:
        method: name in params.yaml.
        transferred: its controller comes from another dataset or model.
        every: only with this f (steps between updates); then `<method>_f…` counts as the method too.
    """

    method: str
    transferred: bool = False
    every: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"method": value.removesuffix("*"), "transferred": value.endswith("*")}
        return value

    @property
    def title(self) -> str:
        """Its name in a sentence: AutoLoss, AutoLoss*, AutoLoss with f = 7."""
        f = "" if self.every is None else f" with f = {self.every}"
        return f"{labels.title(self.method)}{'*' * self.transferred}{f}"

    def matches(self, result: Result) -> bool:
        """Whether `result` belongs to this contender."""
        named = result.method == self.method
        if self.every is not None:
            named = named or result.method.startswith(f"{self.method}_f")
            named = named and result.params.get("every") == self.every
        return named and (result.transfer_from is not None) == self.transferred


class ValueClaim(Claim):
    """A number of the overall table. `direction`: equal = within ± tolerance; or at least, or at most, the value."""

    check: Literal["value"]
    dataset: str
    model: str
    metric: str
    method: str
    value: float
    tolerance: float = Field(ge=0)
    direction: Literal["equal", "at least", "at most"] = "equal"


class DatasetClaim(Claim):
    """A count of the data, exact up to `tolerance`. `value` is taken from the dataset's file (`format`)."""

    check: Literal["dataset"]
    dataset: str
    format: str
    quantity: Literal["rows", "fields", "feature values", "classes"]
    value: int
    tolerance: int = Field(default=0, ge=0)


class StarClaim(Claim):
    """`method` is significantly better than the best of `paper`'s other methods, in one row of the overall table."""

    check: Literal["star"]
    dataset: str
    model: str
    metric: str
    paper: dict[str, float]
    method: str = "autoloss"

    def gain(self, higher_is_better: bool) -> float:
        """The paper's number of `method` minus that of its best baseline."""
        others = [value for name, value in self.paper.items() if name != self.method]
        return self.paper[self.method] - (max(others) if higher_is_better else min(others))


class OrderClaim(Claim):
    """Each contender of a group is better than each of the next group, everywhere.

    Attributes:
        order: groups, the best first.
        datasets, models: places; an empty list means those that the results have.
        metrics: names of `scores.MEASURES`.
        source_dataset, source_model: where the controllers of `name*` come from; by default the place's own.
    """

    check: Literal["order"]
    order: tuple[tuple[Contender, ...], ...] = Field(min_length=2)
    datasets: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    metrics: tuple[str, ...] = Field(min_length=1)
    source_dataset: str | None = None
    source_model: str | None = None


class SavingClaim(Claim):
    """`method` costs less than `reference`, by the fraction `value` ± `tolerance`."""

    check: Literal["saving"]
    method: Contender
    reference: Contender
    metric: str
    value: float
    tolerance: float = Field(ge=0)
    direction: Literal["equal", "at least", "at most"] = "equal"


class UntestedClaim(Claim):
    """A claim that no experiment here measures, at any scale; `elsewhere` says why."""

    check: Literal["none"]


AnyClaim = Annotated[
    ValueClaim | DatasetClaim | StarClaim | OrderClaim | SavingClaim | UntestedClaim, Field(discriminator="check")
]
