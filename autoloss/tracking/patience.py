"""Calls that may never return, and are given up: a driver that hangs in C cannot be interrupted in any other way."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

PATIENCE = 8.0  # seconds that one call may take
BYTES_PER_SECOND = 500_000  # at which a large file must go at least
P = ParamSpec("P")
T = TypeVar("T")


class GivenUp(Exception):
    """A call has not returned in its time. It still runs; its thread ends with the process."""


class Caller:
    """One thread that makes calls in order, so that whoever waits for one can stop waiting."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Future, Callable, tuple, dict] | None] = SimpleQueue()
        Thread(target=self._run, daemon=True, name="store").start()

    def _run(self) -> None:
        while call := self._calls.get():
            future, function, args, kwargs = call
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as error:  # belongs to the caller, whatever it is
                future.set_exception(error)

    def call(self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result.

        Raises:
            GivenUp: it took longer than `seconds`.
        """
        future: Future[T] = Future()
        self._calls.put((future, function, args, kwargs))
        try:
            return future.result(seconds)
        except TimeoutError:
            if future.done():
                raise  # the function's own
            raise GivenUp(f"has not answered for {seconds:.0f} s") from None

    def close(self) -> None:
        """Ends the thread after the calls that are waiting."""
        self._calls.put(None)


class Patient:
    """An object whose methods are called by a `Caller`, each for at most `PATIENCE` seconds.

    Args:
        wrapped: the object.
        caller: makes the calls.
        allowed: seconds for one call of a method with these arguments; default: `PATIENCE`.
    """

    def __init__(self, wrapped: object, caller: Caller, allowed: Callable[[str, tuple], float]):
        self._wrapped, self._caller, self._allowed = wrapped, caller, allowed

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._wrapped, name)
        return lambda *args, **kwargs: self._caller.call(self._allowed(name, args), method, *args, **kwargs)
