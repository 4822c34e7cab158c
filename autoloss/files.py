"""Locks, atomic JSON files and journals: what must survive a killed process, in one place."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autoloss.errors import UserError

_CHECK_DIGITS = 8


class Locked(Exception):
    """Another process holds the lock."""


@contextmanager
def lock(path: Path, *, wait: bool = True, waiting: Callable[[], None] = lambda: None) -> Iterator[int]:
    """Holds an exclusive kernel lock on `path`, which is created if need be and never removed.

    The kernel releases the lock when the last process that inherited its descriptor ends, however it ends. A lock
    file without a process behind it is therefore never locked. (filelock falls back to files that outlive a killed
    process where `flock` is missing, and does not pass its descriptor on.)

    Args:
        path: the lock file.
        wait: False raises instead of waiting.
        waiting: called once before waiting for another process.

    Yields:
        The descriptor. A child process that inherits it holds the lock as well.

    Raises:
        Locked: another process holds the lock and `wait` is False.
        UserError: the file cannot be created or its file system has no locks.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise UserError(f"{path}: cannot create the lock file ({error.strerror})") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise Locked(str(path)) from None
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            raise UserError(
                f"{path}: cannot be locked ({error.strerror}); expected a file system that supports flock"
            ) from None
        yield file.fileno()


def write_json(path: Path, content: Any) -> None:
    """Replaces `path` by `content` as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object.

    Raises:
        UserError: the file is missing, cannot be read, is not JSON, or holds something other than an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:  # not JSON, or not UTF-8
        raise UserError(f"{path}: not valid JSON") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected a JSON object, found {type(content).__name__}")
    return content


class Journal:
    """An append-only list of records, one JSON line each, so that an interrupted search continues after the last one.

    Each line carries a checksum. Reading stops at the first line that is cut off or damaged; that line and all after
    it are dropped, and the work they recorded is done again.

    Args:
        path: the file; created by the first `add`.

    Attributes:
        records: the intact records, oldest first.
    """

    def __init__(self, path: Path):
        self.path = path
        self.records: list[dict[str, Any]] = []
        data = path.read_bytes() if path.exists() else b""
        intact = 0
        for line in data.splitlines(keepends=True):
            record = _checked(line)
            if record is None:
                break
            self.records.append(record)
            intact += len(line)
        if intact < len(data):
            os.truncate(path, intact)

    def add(self, record: dict[str, Any]) -> None:
        """Appends a record and flushes it to disk."""
        self.records.append(record)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"check": _checksum(record), "record": record}) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _checked(line: bytes) -> dict[str, Any] | None:
    """The record of a complete, undamaged line, else None."""
    try:
        content = json.loads(line)
        intact = line.endswith(b"\n") and content["check"] == _checksum(content["record"])
    except (ValueError, TypeError, KeyError):
        return None
    return content["record"] if intact else None


def _checksum(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()[:_CHECK_DIGITS]
