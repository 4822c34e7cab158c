"""Downloads over http: mirrors in order, resumed after a break, size and checksum verified while streaming.

The bytes go to `<file>.part`, which becomes `<file>` only when it is whole and right.
"""

import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx

from autoloss.data.part import Part
from autoloss.data.show import Bar, say
from autoloss.errors import UserError

TRIES = 6  # in a row without a new byte, per mirror
STALL = 30.0  # seconds without a byte before a connection is given up


class _Useless(Exception):
    """This mirror cannot give the file; the text says why."""


class _Again(Exception):
    """This try failed; another may not. The text says why."""


def fetch(
    urls: tuple[str, ...],
    path: Path,
    size: int | None = None,
    md5: str | None = None,
    stall: float = STALL,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, str]:
    """Downloads a file from the first of several mirrors that gives it whole and right; {"md5", "sha256"} of it.

    Args:
        urls: mirrors, in order. path: where it goes.
        size, md5: as published, or None where that is not known.
        stall: seconds without a byte before a connection is given up.
        sleep: waits between tries.

    Raises:
        UserError: no mirror gave it, with what each did; or the disk cannot hold it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = Part(path.with_name(f"{path.name}.part"))
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
            except _Useless as problem:
                failures.append(f"{url}: {problem}")
                say(f"{path.name}: {failures[-1]}")
                continue
            part.finish(path)
            return part.digests()
    raise UserError(
        f"{path.name}: no mirror gave it ({'; '.join(failures)}); or put the file into {path.parent} yourself"
    )


def _check_room(path: Path, need: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < need:
        raise UserError(f"{path}: {need / 1e9:.1f} GB are to be downloaded, {free / 1e9:.1f} GB are free")


def _from_mirror(
    client: httpx.Client,
    url: str,
    part: Part,
    size: int | None,
    md5: str | None,
    bar: Bar,
    sleep: Callable[[float], None],
) -> None:
    """Tries one mirror until the part is whole and right. If bytes of an earlier try are wrong, once more from zero."""
    for resumed in (part.size > 0, False):
        _complete(client, url, part, size, bar, sleep)
        problem = _wrong(part, md5)
        if problem is None:
            return
        part.restart()
        if not resumed:
            raise _Useless(problem)


def _complete(
    client: httpx.Client, url: str, part: Part, size: int | None, bar: Bar, sleep: Callable[[float], None]
) -> None:
    """Asks again and again, as long as new bytes come, until the part has all of them."""
    tries, furthest = 0, part.size
    while True:
        try:
            _ask(client, url, part, size, bar)
            return
        except (httpx.TransportError, _Again) as error:
            problem = str(error) or type(error).__name__
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # too many redirects, and the like
            raise _Useless(str(error)) from None
        tries = 0 if part.size > furthest else tries + 1
        furthest = max(furthest, part.size)
        if tries >= TRIES:
            raise _Useless(f"{TRIES} tries without a new byte, the last one: {problem}")
        sleep(min(2.0**tries, 30.0))


def _ask(client: httpx.Client, url: str, part: Part, size: int | None, bar: Bar) -> None:
    """One request for what is missing; returns when the part is complete."""
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
                    raise _Useless(f"gave more than the {size} bytes expected")
    whole = size or total
    if whole is not None and part.size < whole:
        raise _Again(f"ended at {part.size} of {whole} bytes")


def _total(answer: httpx.Response, part: Part, size: int | None) -> int | None:
    """Bytes of the whole file as the server says; makes the part fit what the server is about to send."""
    status = answer.status_code
    if status == 206:
        start, total = _content_range(answer)
        if start != part.size:
            part.restart()
            raise _Again(f"asked for a range, got the one from byte {start}")
        return total
    if status == 200:
        part.restart()
        part.remember(answer.headers.get("etag"))
        length = answer.headers.get("content-length", "")
        return int(length) if length.isdigit() else None
    if status == 416:  # the part is longer than the file
        part.restart()
        raise _Again("answered 416, the range is not there")
    if status in (408, 425, 429) or status >= 500:
        raise _Again(f"answered {status}")
    raise _Useless(f"answered {status}, expected 200")


def _content_range(answer: httpx.Response) -> tuple[int | None, int | None]:
    """(first byte, size of the whole) of a partial answer; None where the header does not say."""
    span, _, total = answer.headers.get("content-range", "").removeprefix("bytes ").partition("/")
    start = span.partition("-")[0]
    return int(start) if start.isdigit() else None, int(total) if total.isdigit() else None


def _wrong(part: Part, md5: str | None) -> str | None:
    """What is wrong with the bytes of a complete part, if anything."""
    if md5 is not None:
        found = part.digests()["md5"]
        return None if found == md5 else f"md5 {found}, expected {md5}"
    name = part.path.name.removesuffix(".part")
    with part.path.open("rb") as file:
        head = file.read(2)
    if name.endswith(".gz") and head != b"\x1f\x8b":
        return f"no gzip file, it starts with {head!r}"
    if name.endswith(".zip") and not zipfile.is_zipfile(part.path):
        return f"no whole zip file, it starts with {head!r}"
    return None
