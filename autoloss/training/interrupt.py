"""Ctrl-C, a scheduler's SIGTERM, a closed terminal: training ends at its next step, with a checkpoint.

A second Ctrl-C, or a second SIGTERM, ends it at once.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from autoloss import signals


@dataclass
class Stop:
    """Whether training was asked to end."""

    requested: bool = False


@contextmanager
def deferred() -> Iterator[Stop]:
    """Inside, the first signal is only noted. Outside the main thread, which gets no signals, nothing changes."""
    stop, noted = Stop(), set[int]()

    def note(number: int, frame: FrameType | None) -> None:
        # a terminal that is closed hangs up twice, and a scheduler may hang up before it terminates: no hurry is meant
        if number in noted and number != signals.HANG_UP:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        noted.add(number)
        stop.requested = True

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signals.catch(note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
