"""Bytes in words, and what a full disk does: one line for the user, and logs that lose lines instead of ending."""

import errno
import io
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Literal

FULL = "the disk is full"


def is_full(error: Exception) -> bool:
    """Whether an error says that a disk, or a user's share of it, is full; some libraries say it in words alone."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return "No space left on device" in str(error)


def in_one_line(error: OSError) -> str | None:
    """What the user can cure: a full disk, a missing right. None for any other error."""
    where = f"{error.filename}: " if error.filename else ""
    if is_full(error):
        free = shutil.disk_usage(".").free / 1e6
        return f"{where}{FULL} ({free:,.1f} MB free here); make room and run again: nothing that was finished is lost"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{where}{error.strerror}"
    return None


def size(count: int) -> str:
    """A number of bytes in words: 3.6 GB, 12.0 MB, 5 kB."""
    for unit, of in (("GB", 1e9), ("MB", 1e6)):
        if count >= of:
            return f"{count / of:,.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


class Log(io.TextIOBase):
    """A text file for logs. What a full disk does not take is lost, and no error is raised.

    Args:
        path: the file; its folder is made.
        mode: w begins it anew, a appends to it.
    """

    def __init__(self, path: Path, mode: Literal["w", "a"] = "w"):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = io.FileIO(path, mode)
        except OSError:
            self._file = io.FileIO(os.devnull, "w")

    def write(self, text: str) -> int:
        """Appends text; it is in the file at once."""
        with suppress(OSError):
            self._file.write(text.encode("utf-8", "backslashreplace"))
        return len(text)

    def fileno(self) -> int:
        """The descriptor, for a child process."""
        return self._file.fileno()

    def close(self) -> None:
        """Closes the file."""
        with suppress(OSError):
            self._file.close()
        super().close()
