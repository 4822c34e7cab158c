"""Where rows come from: the mirror folder, the network, a checksum that was seen before."""

import hashlib
import importlib.util
import io
import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autoloss.data.fetch import download, sources
from autoloss.data.fetch.checksums import Ledger
from autoloss.data.fetch.partial_file import Digests
from autoloss.datasets import Archive, movielens
from autoloss.errors import UserError

_spec = importlib.util.spec_from_file_location("lying_server", Path(__file__).with_name("lying_server.py"))
lying_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(lying_server)

ROOT = Path(__file__).parents[2]


def _archive(rows: int = 300, shift: int = 0) -> bytes:
    text = "userId,movieId,rating,timestamp\n" + "".join(
        f"{row % 9},{row % 7},{(row + shift) % 10 / 2 + 0.5},{row}\n" for row in range(rows)
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("ml/ratings.csv"), text)
    return buffer.getvalue()


@pytest.fixture
def publish(monkeypatch):
    """publish(**what) → the archive ml-latest-small as if it were published so."""

    def run(**what):
        about = {"urls": ("http://one/ml.zip", "http://two/ml.zip"), "members": ("ratings.csv",), "terms": "be kind",
                 "citation": "Somebody 2015"}  # fmt: skip
        archive = Archive("ml.zip", **{**about, **what})
        monkeypatch.setitem(movielens.ARCHIVES, "ml-latest-small", archive)
        return archive

    return run


@pytest.fixture
def entry(movielens_entry):
    return movielens_entry(source="remote", params={"archive": "ml-latest-small"})


@pytest.fixture
def network(monkeypatch):
    """A network that gives network.content for any address, and counts the downloads."""

    class Network:
        content, downloads = _archive(), 0

        def fetch(self, urls, path, size, md5):
            self.downloads += 1
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.content)
            return Digests(*(hashlib.new(name, self.content).hexdigest() for name in ("md5", "sha256")))

    it = Network()
    monkeypatch.setattr(download, "fetch", it.fetch)
    monkeypatch.delenv(sources.MIRROR, raising=False)
    return it


def test_the_mirror_folder_comes_before_the_network(publish, entry, encode, network, tmp_path, monkeypatch):
    publish()
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "ml.zip").write_bytes(network.content)
    monkeypatch.setenv(sources.MIRROR, str(tmp_path / "mirror"))
    meta = encode(entry).facts
    assert network.downloads == 0 and meta.rows == 300
    assert meta.source.sha256 == hashlib.sha256(network.content).hexdigest()
    monkeypatch.setenv(sources.MIRROR, str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="AUTOLOSS_MIRROR: .*nowhere is not a folder"):
        encode(entry, "again")
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(sources.MIRROR, str(tmp_path / "empty"))
    assert encode(entry, "again").facts.sha256 == meta.sha256 and network.downloads == 1


def test_terms_are_told_once_and_kept(publish, entry, encode, network, capsys):
    publish()
    meta = encode(entry).facts
    assert (meta.terms, meta.citation) == ("be kind", "Somebody 2015")
    assert capsys.readouterr().err.count("ml.zip: terms: be kind. Cite: Somebody 2015.") == 1
    encode(entry)
    encode(entry, "again")
    assert "be kind" not in capsys.readouterr().err and network.downloads == 1


def test_a_published_size_and_md5_are_checked(publish, entry, encode, network):
    right = hashlib.md5(network.content).hexdigest()
    publish(md5="0" * 32)
    with pytest.raises(UserError, match=f"ml.zip: its md5 is {right}, expected {'0' * 32} as published"):
        encode(entry)
    publish(size=5)
    with pytest.raises(UserError, match=f"ml.zip: {len(network.content)} bytes, expected 5 as published"):
        encode(entry)
    publish(md5=right, size=len(network.content))
    assert encode(entry).facts.rows == 300


def test_a_published_md5_of_the_member_is_checked(publish, entry, encode, network):
    text = zipfile.ZipFile(io.BytesIO(network.content)).read("ml/ratings.csv")
    publish(member_md5={"ratings.csv": "1" * 32})
    with pytest.raises(UserError, match=f"ratings.csv: its md5 is {hashlib.md5(text).hexdigest()}, expected 1111"):
        encode(entry)
    publish(member_md5={"ratings.csv": hashlib.md5(text).hexdigest()})
    assert encode(entry).facts.rows == 300


def test_another_archive_than_the_one_first_seen_is_refused(publish, entry, encode, network, tmp_path):
    publish()
    encode(entry)
    (tmp_path / "raw" / "ml.zip").unlink()
    network.content = _archive(shift=1)
    with pytest.raises(UserError, match="sha256 .* differs from .* as first seen; .* delete its line in .*checksums"):
        encode(entry, "again")
    ledger = tmp_path / "raw" / "checksums.json"
    known = json.loads(ledger.read_text())
    del known["first_seen"]["ml.zip"]
    ledger.write_text(json.dumps(known))
    assert encode(entry, "again").facts.rows == 300


def test_a_file_is_hashed_once_unless_it_changes(write, encode, movielens_entry, monkeypatch):
    from autoloss.data.fetch import checksums

    hashed = []
    real = checksums._digest
    monkeypatch.setattr(checksums, "_digest", lambda path, name: hashed.append(path.name) or real(path, name))
    path = write("ml.zip", _archive())
    entry = movielens_entry(source=str(path))
    encode(entry)
    encode(entry, "again")
    assert hashed == ["ml.zip"]
    os.utime(path, ns=(1, 1))
    encode(entry)
    assert hashed == ["ml.zip", "ml.zip"]


def test_two_ledgers_do_not_forget_what_the_other_wrote(write, tmp_path):
    one, other = Ledger(tmp_path / "raw"), Ledger(tmp_path / "raw")
    one.digest(write("a", "a"), "sha256")
    other.digest(write("b", "b"), "sha256")
    one.check_first_seen("x.zip", "1")
    known = Ledger(tmp_path / "raw")
    assert len(known.files) == 2 and known.first_seen == {"x.zip": "1"}


def test_two_datasets_that_want_one_archive_at_once_download_it_once(publish, movielens_entry, tmp_path, monkeypatch):
    monkeypatch.delenv(sources.MIRROR, raising=False)
    content = _archive(rows=20_000)

    def fetch(rounding):
        entry = movielens_entry(source="remote", params={"archive": "ml-latest-small", "rounding": rounding})
        return sources.Source(
            entry, movielens.Movielens(**entry.params), tmp_path / "raw", Ledger(tmp_path / "raw")
        ).fetch()

    with lying_server.LyingServer(content, ["slow"]) as server, ThreadPoolExecutor() as both:
        publish(urls=(server.url,))
        one, other = both.map(fetch, ["ceil", "half_down"])
        assert server.ranges == [None]
    assert one.path.read_bytes() == content
    assert one.origin.sha256 == other.origin.sha256 == hashlib.sha256(content).hexdigest()
    assert not [path.name for path in (tmp_path / "raw").iterdir() if "part" in path.name]


def test_without_an_address_the_way_by_hand_is_told(encode, network):
    from autoloss.config import Dataset

    entry = Dataset(name="a", use="avazu", task="binary", source="remote", params={"archive": "kaggle"})
    with pytest.raises(UserError, match="train.gz: cannot be downloaded. Kaggle asks for an account"):
        encode(entry)


def test_a_published_archive_must_have_all_its_rows(publish, entry, encode, network, monkeypatch):
    from autoloss.datasets import Published

    publish()
    monkeypatch.setattr(movielens.Movielens, "expected", lambda form: Published(400, 2, 16, 5, threshold=0))
    with pytest.raises(UserError, match="300 rows, expected 400 as published"):
        encode(entry)
    monkeypatch.setattr(movielens.Movielens, "expected", lambda form: Published(300, 2, 17, 5, threshold=0))
    with pytest.raises(UserError, match="16 feature values, expected 17 as published"):
        encode(entry)
    monkeypatch.setattr(movielens.Movielens, "expected", lambda form: Published(300, 2, 16, 5, threshold=0))
    assert encode(entry).facts.checks == ("rows: 300, as published", "feature values: 16, as published")


def test_a_shipped_archive_comes_before_the_mirror_folder(publish, entry, encode, network, tmp_path, monkeypatch):
    publish()
    for folder, shift in (("mirror", 1), ("shipped", 0)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "ml.zip").write_bytes(_archive(shift=shift))
    monkeypatch.setattr(sources, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setenv(sources.MIRROR, str(tmp_path / "mirror"))
    known = encode(entry).facts
    assert known.source.sha256 == hashlib.sha256(_archive()).hexdigest() and network.downloads == 0
    assert (known.terms, known.citation) == ("be kind", "Somebody 2015")


def test_data_from_elsewhere_are_encoded_again_from_the_shipped_archive(publish, entry, encode, network, tmp_path,
                                                                        monkeypatch):  # fmt: skip
    publish()
    before = encode(entry).facts
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "ml.zip").write_bytes(_archive(shift=1))
    monkeypatch.setattr(sources, "SHIPPED", tmp_path / "shipped")
    assert encode(entry).facts.sha256 != before.sha256


def test_the_ratings_of_ml_latest_small_are_shipped_with_their_terms(entry, encode, network, monkeypatch):
    monkeypatch.chdir(ROOT)
    known = encode(entry).facts
    assert known.rows == 100_836 and network.downloads == 0
    assert known.source.kind == "remote" and "Harper" in known.citation
    with zipfile.ZipFile(ROOT / "shipped" / "ml-latest-small.zip") as archive:
        terms = archive.read("ml-latest-small/README.txt")
    assert b"so long as it is distributed under these same license conditions" in terms
    assert (ROOT / "shipped" / "ml-latest-small.README.txt").read_bytes() == terms
