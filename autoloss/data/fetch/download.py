"""Downloads over http: mirrors in order, resumed after a break, size and checksum verified while streaming.

The bytes go to `.<file>.autoloss-part`, which is renamed to `<file>` only once it is complete and verified.
"""

import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx

from autoloss.data.fetch.partial_file import Digests, PartialFile
from autoloss.data.progress import Bar, say
from autoloss.errors import UserError

TRIES = 6  # per mirror, in a row without a new byte
STALL = 30.0  # seconds without a byte before a connection is dropped


class _MirrorFailed(Exception):
    """This mirror cannot provide the file; the text says why."""


class _Retry(Exception):
    """This request failed but may be repeated; the text says why."""


def fetch(
    urls: tuple[str, ...],
    path: Path,
    size: int | None = None,
    md5: str | None = None,
    stall: float = STALL,
    sleep: Callable[[float], None] = time.sleep,
) -> Digests:
    """Downloads a file from the first mirror that provides it complete and correct; returns its checksums.

    Args:
        urls: mirrors, in order. path: where the file goes.
        size, md5: as published, or None where unknown.
        stall: seconds without a byte before a connection is dropped.
        sleep: waits between requests.

    Raises:
        UserError: no mirror provided it (with the reason for each), or the disk is too small.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = PartialFile(path.with_name(f".{path.name}.autoloss-part"))
    _check_room(path, (size or 0) - part.size)
    failures = []
    timeout = httpx.Timeout(stall, connect=min(stall, 15.0))
    with (
        httpx.Client(timeout=timeout, follow_redirects=True) as client,
        Bar(path.name, size, "bytes", part.size) as bar,
    ):
        for url in urls:
            try:
                _from_mirror(client, url, part, size, md5, bar, sleep)
            except _MirrorFailed as problem:
                failures.append(f"{url}: {problem}")
                say(f"{path.name}: {failures[-1]}")
                continue
            part.finish(path)
            return part.digests()
    raise UserError(
        f"{path.name}: no mirror provided it ({'; '.join(failures)}); or put the file into {path.parent} yourself"
    )


def _check_room(path: Path, need: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < need:
        raise UserError(f"{path}: {need / 1e9:.1f} GB must be downloaded, {free / 1e9:.1f} GB are free")


def _from_mirror(
    client: httpx.Client,
    url: str,
    part: PartialFile,
    size: int | None,
    md5: str | None,
    bar: Bar,
    sleep: Callable[[float], None],
) -> None:
    """Downloads from one mirror. If bytes left by an earlier run prove wrong, starts once more from zero."""
    for resumed in (part.size > 0, False):
        _complete(client, url, part, size, bar, sleep)
        problem = _wrong(part, md5)
        if problem is None:
            return
        part.restart()
        if not resumed:
            raise _MirrorFailed(problem)


def _complete(
    client: httpx.Client, url: str, part: PartialFile, size: int | None, bar: Bar, sleep: Callable[[float], None]
) -> None:
    """Repeats requests, as long as new bytes arrive, until the part is complete."""
    tries, furthest = 0, part.size
    while True:
        try:
            _ask(client, url, part, size, bar)
            return
        except (httpx.TransportError, _Retry) as error:
            problem = str(error) or type(error).__name__
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # too many redirects, and the like
            raise _MirrorFailed(str(error)) from None
        tries = 0 if part.size > furthest else tries + 1
        furthest = max(furthest, part.size)
        if tries >= TRIES:
            raise _MirrorFailed(f"{TRIES} requests without a new byte; the last one: {problem}")
        sleep(min(2.0**tries, 30.0))


def _ask(client: httpx.Client, url: str, part: PartialFile, size: int | None, bar: Bar) -> None:
    """One request for the missing bytes; returns when the part is complete."""
    if size is not None and part.size == size:
        return
    with client.stream("GET", url, headers={"Accept-Encoding": "identity", **part.range_headers()}) as answer:
        total = _total(answer, part, size)
        bar.restart(part.size, size or total)
        with part.path.open("ab") as file:
            for piece in answer.iter_raw():
                part.take(piece, file)
                bar.advance(len(piece))
                if part.size > (size or part.size):
                    part.restart()
                    raise _MirrorFailed(f"sent more than the {size} bytes expected")
    whole = size or total
    if whole is not None and part.size < whole:
        raise _Retry(f"ended at {part.size} of {whole} bytes")


def _total(answer: httpx.Response, part: PartialFile, size: int | None) -> int | None:
    """Size of the whole file according to the server; prepares the part for what the server is about to send."""
    status = answer.status_code
    if status == 206:
        start, total = _content_range(answer)
        if start != part.size:
            asked = part.size
            part.restart()
            raise _Retry(f"asked for byte {asked} onwards, got byte {start} onwards")
        return total
    if status == 200:
        part.restart()
        part.remember(answer.headers.get("etag"))
        length = answer.headers.get("content-length", "")
        return int(length) if length.isdigit() else None
    if status == 416:  # the part is longer than the file
        part.restart()
        raise _Retry("answered 416, no such range")
    if status in (408, 425, 429) or status >= 500:
        raise _Retry(f"answered {status}")
    raise _MirrorFailed(f"answered {status}, expected 200")


def _content_range(answer: httpx.Response) -> tuple[int | None, int | None]:
    """(first byte, size of the whole file) of a partial answer; None where the header does not say."""
    span, _, total = answer.headers.get("content-range", "").removeprefix("bytes ").partition("/")
    start = span.partition("-")[0]
    return int(start) if start.isdigit() else None, int(total) if total.isdigit() else None


def _wrong(part: PartialFile, md5: str | None) -> str | None:
    """What is wrong with a complete part, if anything."""
    if md5 is not None:
        found = part.digests().md5
        return None if found == md5 else f"md5 {found}, expected {md5}"
    name = part.path.name.removesuffix(".autoloss-part")
    with part.path.open("rb") as file:
        head = file.read(2)
    if name.endswith(".gz") and head != b"\x1f\x8b":
        return f"not a gzip file, it starts with {head!r}"
    if name.endswith(".zip") and not zipfile.is_zipfile(part.path):
        return f"not a complete zip file, it starts with {head!r}"
    return None
