"""Downloads from servers that break, lie, refuse and stall."""

import hashlib
import importlib.util
import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autoloss.data.fetch import download
from autoloss.errors import UserError

_spec = importlib.util.spec_from_file_location("lying_server", Path(__file__).with_name("lying_server.py"))
lying_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(lying_server)
LyingServer = lying_server.LyingServer

CONTENT = b"\x1f\x8b" + np.random.default_rng(0).bytes(50_000)
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def get(tmp_path):
    """get(servers…, known) → the bytes of the downloaded file; `known`: size and md5 are published."""

    def run(*servers, known=True, name="data.gz", stall=0.4):
        about = {"size": len(CONTENT), "md5": MD5} if known else {}
        urls = tuple(s if isinstance(s, str) else s.url for s in servers)
        path = tmp_path / name
        digests = download.fetch(urls, path, **about, stall=stall, sleep=lambda seconds: None)
        assert digests.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert [p.name for p in tmp_path.iterdir()] == [name], "no part is left"
        return path.read_bytes()

    return run


HONEST_IN_THE_END = {
    "as it should be": ["ok"],
    "breaks again and again": ["break 1000", "break 20000", "break 1", "ok"],
    "breaks, then refuses ranges": ["break 1000", "no ranges"],
    "breaks, refuses ranges, breaks later": ["break 1000", "break 30000", "no ranges"],
    "announces more than it has": ["length 777", "ok"],
    "stalls": ["stall 5000", "ok"],
    "is busy": ["503", "429", "500", "break 100", "503", "ok"],
    "sends another range": ["break 1000", "wrong range", "ok"],
    "sends in small pieces": ["slow"],
}


@pytest.mark.parametrize("known", [True, False], ids=["published checksum", "nothing known"])
@pytest.mark.parametrize("how", HONEST_IN_THE_END)
def test_the_file_arrives_whole(how, known, get):
    with LyingServer(CONTENT, HONEST_IN_THE_END[how]) as server:
        assert get(server, known=known) == CONTENT


def test_a_break_is_resumed_where_it_was(get):
    with LyingServer(CONTENT, ["break 20000", "ok"]) as server:
        get(server)
        assert server.ranges == [None, "bytes=20000-"]


def test_a_later_run_takes_up_the_part_of_an_earlier_one(get, tmp_path):
    with LyingServer(CONTENT, ["break 20000", "404"]) as server, pytest.raises(UserError, match="answered 404"):
        get(server)
    assert (tmp_path / ".data.gz.autoloss-part").stat().st_size == 20_000 and not (tmp_path / "data.gz").exists()
    with LyingServer(CONTENT, ["ok"]) as server:
        assert get(server) == CONTENT
        assert server.ranges == ["bytes=20000-"]


def test_halves_of_two_versions_are_not_joined(get, tmp_path):
    with LyingServer(b"\x1f\x8b" + bytes(40_000), ["break 20000", "404"]) as server, pytest.raises(UserError):
        get(server, known=False)
    with LyingServer(CONTENT, ["ok"], etag='"2"') as server:
        assert get(server, known=False) == CONTENT


def test_a_wrong_part_without_etag_is_thrown_away_by_the_checksum(get, tmp_path):
    (tmp_path / ".data.gz.autoloss-part").write_bytes(bytes(30_000))
    with LyingServer(CONTENT, ["ok"], etag=None) as server:
        assert get(server) == CONTENT
        assert server.ranges == ["bytes=30000-", None]


def test_a_part_that_is_longer_than_the_file_is_thrown_away(get, tmp_path):
    (tmp_path / ".data.gz.autoloss-part").write_bytes(CONTENT + b"more")
    with LyingServer(CONTENT, ["ok"]) as server:
        assert get(server, known=False) == CONTENT


USELESS = {
    "wrong bytes": (["wrong"], f"md5 .*, expected {MD5}"),
    "not there": (["404"], "answered 404, expected 200"),
    "breaks without a new byte": (["break 0"], "6 requests without a new byte"),
    "always stalls": (["stall 0"], "6 requests without a new byte"),
    "announces and sends too few bytes": (["short 10"], "6 requests without a new byte; the last one: "),
    "sends more than published": (["too much 5"], "sent more than the 50002 bytes expected"),
    "a page instead of the file": (["html"], "md5|6 requests"),
    "redirects for ever": (["loop"], "Exceeded maximum allowed redirects"),
    "always busy": (["503"], "6 requests without a new byte; the last one: answered 503"),
}


@pytest.mark.parametrize("how", USELESS)
def test_a_useless_mirror_is_named_and_the_next_one_is_asked(how, get, tmp_path):
    tricks, why = USELESS[how]
    with LyingServer(CONTENT, tricks) as bad, LyingServer(CONTENT, ["ok"]) as good:
        with pytest.raises(UserError, match=f"data.gz: no mirror provided it .{bad.url}: {why}") as error:
            get(bad, stall=0.1)
        assert "\n" not in str(error.value) and not (tmp_path / "data.gz").exists()
        assert get(bad, good, stall=0.1) == CONTENT


def test_a_server_that_is_down_is_one_clear_line(get):
    with LyingServer(CONTENT, ["ok"]) as server:
        url = server.url
    with pytest.raises(UserError, match="6 requests without a new byte; the last one: .*refused"):
        get(url)


def test_a_page_is_not_taken_for_an_archive_of_unknown_checksum(get):
    with LyingServer(CONTENT, ["html"]) as server:
        with pytest.raises(UserError, match="not a gzip file, it starts with b'<h'"):
            get(server, known=False)
        with pytest.raises(UserError, match="not a complete zip file, it starts with b'<h'"):
            get(server, known=False, name="data.zip")


def test_a_cut_zip_of_unknown_size_is_not_taken_for_whole(get):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", CONTENT)
    with (
        LyingServer(buffer.getvalue(), ["short 30"]) as server,
        pytest.raises(UserError, match="not a complete zip file"),
    ):
        get(server, known=False, name="data.zip")


def test_a_disk_that_cannot_hold_it_is_refused_first(get, monkeypatch):
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with LyingServer(CONTENT, ["ok"]) as server:
        with pytest.raises(UserError, match="0.0 GB must be downloaded, 0.0 GB are free"):
            get(server)
        assert server.ranges == []
