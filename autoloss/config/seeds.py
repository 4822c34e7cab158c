"""How many seeds: a number, or as many as a comparison needs to be decided."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from autoloss.config.frozen import Frozen
from autoloss.ranges import PositiveInt

MOST_LOOKS = 4  # each is a round of training that all cells of a comparison wait for; more looks gain little


class Adaptive(Frozen):
    """Seeds that are added to a comparison while it is open: `{until: decided, at_least: 5, at_most: 20}`.

    Attributes:
        until: what ends it.
        at_least, at_most: seeds of each method of a comparison.
    """

    until: Literal["decided"]
    at_least: Annotated[int, Field(ge=2)]
    at_most: PositiveInt

    @model_validator(mode="after")
    def _ordered(self) -> "Adaptive":
        if self.at_least > self.at_most:
            raise ValueError(f"at_least must not exceed at_most; found {self.at_least} and {self.at_most}")
        return self

    @property
    def looks(self) -> tuple[int, ...]:
        """The numbers of seeds at which a comparison is judged: at most MOST_LOOKS, as evenly as integers go."""
        added = self.at_most - self.at_least
        steps = min(added, MOST_LOOKS - 1)
        return tuple(self.at_least + round(added * k / steps) for k in range(steps + 1)) if steps else (self.at_most,)

    def __str__(self) -> str:
        return f"{self.at_least} to {self.at_most}"


def _form(seeds: Any) -> str:
    return "until decided" if isinstance(seeds, dict | Adaptive) else "number"


Seeds: TypeAlias = Annotated[
    Annotated[PositiveInt, Tag("number")] | Annotated[Adaptive, Tag("until decided")], Discriminator(_form)
]
