"""Ctrl-C, or a scheduler's SIGTERM: training ends at its next step, with a checkpoint; a second one ends it at once."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Stop:
    """Whether training was asked to end."""

    requested: bool = False


@contextmanager
def deferred() -> Iterator[Stop]:
    """Inside, the first signal is only noted. Outside the main thread, which gets no signals, nothing changes."""
    stop = Stop()

    def note(number: int, frame: FrameType | None) -> None:
        if stop.requested:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        stop.requested = True

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
