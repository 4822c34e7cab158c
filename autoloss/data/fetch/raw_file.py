"""A raw file that is ready to be read: its path, the members that hold rows, and where it came from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from autoloss.data.facts import Origin


class Readable(Protocol):
    """Bytes that are read once, front to back."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; empty at the end."""
        ...


class ByteStream(Readable, Protocol):
    """Bytes that are closed by leaving a `with` block."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> object: ...


@dataclass(frozen=True)
class Member:
    """A file with rows: its name for messages, and a function that opens its bytes."""

    name: str
    open: Callable[[], ByteStream]


@dataclass(frozen=True)
class RawFile:
    """A raw file on disk.

    Attributes:
        path: of the file. members: the files with rows inside it (or itself), in order.
        origin: where it came from.
        md5: published checksums of members, by base name.
        truth: file with the true probabilities of its rows, if they are synthetic.
    """

    path: Path
    members: tuple[Member, ...]
    origin: Origin
    md5: Mapping[str, str] = field(default_factory=dict)
    truth: Path | None = None
