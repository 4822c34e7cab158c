"""Recording a run in MLflow so that MLflow cannot touch the run: by a process beside it, for a bounded time."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import TypeVar

from autoloss.disk import Log

LEAST = 15.0  # seconds that the last import may take after a short run
SHARE = 0.1  # of the run's time that it may take after a long one
START = 15.0  # seconds beyond that, in which Python and MLflow start on a busy machine
FAILED = "not recorded in MLflow"
LOG = Path("logs", "mlflow.log")
T = TypeVar("T")


def recorded(stage: str, root: Path, say: Callable[[str], None], run: Callable[[], T]) -> T:
    """Runs a stage and records its cells.

    The quality stage is recorded as it goes. The timing stage is recorded afterwards, because it measures; and only if
    it has measured something and the quality stage before it could record, so that a failure is told once.

    Args:
        stage: quality or timing.
        root: the project's folder.
        say: gets one line: what was recorded, or why not.
        run: runs the stage.

    Returns: what `run` does.
    """
    if stage == "quality":
        with Recorder(root, say):
            return run()
    before = _timings(root)
    result = run()
    if _timings(root) != before and not _failed_before(root):
        with Recorder(root, say):
            pass
    return result


def _timings(root: Path) -> set[Path]:
    return set((root / "results" / "timing").glob("*/*"))


def _failed_before(root: Path) -> bool:
    return (root / LOG).is_file() and FAILED in (root / LOG).read_text()


class Recorder:
    """Inside `with`, finished cells are imported; at its end, the rest. Left by an exception, it ends at once.

    Args:
        root: the project's folder.
        say: gets the importer's lines as they come.
    """

    def __init__(self, root: Path, say: Callable[[str], None]):
        self.root, self.say = root, say

    def __enter__(self) -> None:
        self._began, self._log, self._said = time.monotonic(), Log(self.root / LOG), False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autoloss.tracking.follow"],
            cwd=self.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log.fileno(),
            text=True, bufsize=1,
        )  # fmt: skip
        self._reader = Thread(target=self._listen, daemon=True)
        self._reader.start()

    def __exit__(self, kind: type | None, *_: object) -> None:
        seconds = max(LEAST, SHARE * (time.monotonic() - self._began))
        try:
            if kind is None:
                self._finish(seconds)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(1)
            self._log.close()
        if kind is None and not self._said:
            self.say(f"{FAILED}: the importer ended with {self._process.returncode}: {LOG}")

    def _finish(self, seconds: float) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(f"{seconds}\n")
        except BrokenPipeError:
            return  # it has given up and said so
        try:
            self._process.wait(seconds + START)
        except subprocess.TimeoutExpired:
            self._tell(f"{FAILED}: not done after {seconds + START:.0f} s: run `autoloss track`")

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._tell(line.rstrip())

    def _tell(self, line: str) -> None:
        self._said = True
        self._log.write(f"{line}\n")
        self.say(line)
