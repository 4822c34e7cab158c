"""Calls that may never return, and are given up: a driver that hangs in C cannot be interrupted in any other way."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

PATIENCE = 8.0  # seconds that one call may wait
SLICE = 0.25  # seconds
BUSY = 0.004  # share of a processor with which a process gets on: beside training, at low priority, it gets few percent
LONGEST = 20  # times the patience that a call may take if it always gets on
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

        Args:
            seconds: that it may wait. Those in which this process computes do not count: on a machine that is busy
                with training, MLflow takes long to load.
            function, args, kwargs: the call.

        Raises:
            GivenUp: it waited longer.
        """
        future: Future[T] = Future()
        self._calls.put((future, function, args, kwargs))
        waited, until, worked = 0.0, time.monotonic() + LONGEST * seconds, time.process_time()
        while waited < seconds and time.monotonic() < until:
            try:
                return future.result(min(SLICE, seconds))
            except TimeoutError:
                if future.done():
                    raise  # the function's own
            before, worked = worked, time.process_time()
            if worked - before < BUSY * SLICE:
                waited += SLICE
        raise GivenUp(f"has not answered for {seconds:.0f} s")

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
