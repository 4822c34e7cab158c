"""The signals that ask a process to end: Ctrl-C's, a scheduler's, and a closed terminal's."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

HANG_UP: int | None = getattr(signal, "SIGHUP", None)  # Windows has none
ENDING = tuple(number for number in (signal.SIGINT, signal.SIGTERM, HANG_UP) if number is not None)


def catch(handler: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Has `handler` called at each of them. A hang-up that is ignored, as under nohup, stays ignored.

    Returns:
        Their handlers until now, to be set again.
    """
    caught = [number for number in ENDING if number != HANG_UP or signal.getsignal(number) is not signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in caught}
