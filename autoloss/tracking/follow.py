"""The importer beside a run, as a process of its own: `python -m autoloss.tracking.follow`.

Standard input says when to end: a line with the seconds that the last import may take, or its end, with which the
importer ends at once: its run was killed. Standard output gets one line: what was recorded, or why not.
"""

import importlib
import os
import signal
import sys
import time
from pathlib import Path
from threading import Event, Thread

from autoloss.errors import UserError
from autoloss.tracking import prepare_environment, probe, project, store_uri, summed_up, unchanged
from autoloss.tracking.background import FAILED
from autoloss.tracking.current import current_ids

PAUSE = 10.0  # seconds between two imports, at least
SHARE = 0.1  # of the time, at most, goes into importing
NICE = 10  # training comes first


def main() -> None:
    """Imports what is finished again and again, and everything at the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which then ends this process
    os.nice(NICE)
    try:
        print(_follow(Path.cwd(), Orders()), flush=True)
    except Exception as error:  # this process only serves a view: whatever it is, one line of it is enough
        text = " ".join(str(error).split())
        print(f"{FAILED}: {text if isinstance(error, UserError) else repr(error)}", flush=True)
        os._exit(1)  # a call that was given up may still be running


class Orders:
    """What standard input says.

    Attributes:
        ended: set when the run has ended.
    """

    def __init__(self) -> None:
        self.ended, self._seconds, self._deadline = Event(), 0.0, 0.0
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        if line := sys.stdin.readline():
            self._seconds = float(line)
            self._deadline = time.monotonic() + self._seconds
            self.ended.set()
            sys.stdin.read()
        os._exit(1)  # whoever started this process is gone

    def progress(self, text: str, done: int, total: int) -> None:
        """Ends the import when its time is over."""
        if self.ended.is_set() and time.monotonic() > self._deadline:
            left = f"{total - done} cells are left" if done < total else "summaries and models are left"
            raise UserError(f"stopped after {self._seconds:.0f} s, {left}: run `autoloss track`")


def _follow(root: Path, orders: Orders) -> str:
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")  # its errors, tracebacks and all, are for the log
    prepare_environment()
    results, uri, pause = root / "results", store_uri(), PAUSE
    if unchanged.recorded(results, _current(root), uri, root) is None:
        importlib.import_module("autoloss.tracking.importer")  # mlflow takes seconds to load: beside the run, not after
    while not orders.ended.wait(pause):
        start = time.monotonic()
        if unchanged.recorded(results, current := _current(root), uri, root) is None:
            from autoloss.tracking import importer

            importer.import_cells(results, current, uri, root, orders.progress)
        pause = max(PAUSE, (time.monotonic() - start) / SHARE)
    recorded = unchanged.recorded(results, current := _current(root), uri, root)
    if recorded is None:
        from autoloss.tracking import importer

        synced = importer.bring_up_to_date(results, current, uri, root, orders.progress)
        recorded = synced.imported + synced.unchanged
        if synced.unreadable:
            print(f"{FAILED}: {summed_up(synced.unreadable, shown=1)}", flush=True)
    return f"MLflow {probe.shown(uri)}, experiment {project(root)}: {recorded} cells recorded"


def _current(root: Path) -> set[str] | None:
    try:
        return current_ids(root)
    except UserError:
        return None


if __name__ == "__main__":
    main()
