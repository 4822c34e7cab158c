"""The ranges of hyperparameters, as annotations: `every: PositiveInt = 7`.

The registry reads them from a plug-in's source, and params.yaml is refused where a number is out of range. At run time
they are plain numbers, so a plug-in needs nothing but this file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias


@dataclass(frozen=True)
class Range:
    """Bounds of a number, for use in `Annotated`: at least (ge), more than (gt), at most (le), less than (lt)."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def __get_pydantic_core_schema__(self, source: type, handler: Callable[[type], Any]) -> Any:
        """Adds the bounds to pydantic's schema of the annotated type."""
        return {**handler(source), **{name: bound for name, bound in vars(self).items() if bound is not None}}


PositiveInt: TypeAlias = Annotated[int, Range(ge=1)]
NonNegativeInt: TypeAlias = Annotated[int, Range(ge=0)]
PositiveFloat: TypeAlias = Annotated[float, Range(gt=0)]
NonNegativeFloat: TypeAlias = Annotated[float, Range(ge=0)]
Probability: TypeAlias = Annotated[float, Range(ge=0, lt=1)]  # of an event that must not be certain, such as dropout
