"""What some methods can do beyond the contract of all: carry a controller, or have their weights searched for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from autoloss.methods import Method, SearchResult, Train


class HasController(Protocol):
    """A method whose class says `transferable = True`."""

    def selection(self, grid: Sequence[float]) -> dict[str, Any]: ...

    def save_controller(self, folder: Path) -> None: ...


class TakesController(Protocol):
    """A method that continues with a controller, or with its average weights."""

    def load_controller(self, folder: Path) -> None: ...


class TakesWeights(Protocol):
    """A method with constant weights that are set before training."""

    def set_weights(self, weights: Sequence[float]) -> None: ...


class Searches(TakesWeights, Protocol):
    """A method whose class says `searches = True`; `trials` training runs at most."""

    trials: int
    search: Callable[[Train, Path, int, int], SearchResult]


def with_controller(method: Method) -> HasController | None:
    """The method, if it has a controller."""
    return cast(HasController, method) if method.transferable else None
