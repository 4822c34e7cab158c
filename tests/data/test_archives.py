"""Archives: what may be inside, what may not, and what happens when they are broken."""

import gzip
import io
import tarfile
import zipfile

import pytest

from autoloss.errors import UserError

RATINGS = "userId,movieId,rating,timestamp\n" + "".join(
    f"{row % 9},{row % 7},{row % 10 / 2 + 0.5},{row}\n" for row in range(400)
)


def _zip(path, files: dict[str, str], **about):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def _tar(path, files: dict[str, str], mode="w:gz", links: dict[str, str] | None = None):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return path


@pytest.fixture
def run(encode, movielens_entry):
    return lambda path, name=None, **settings: encode(movielens_entry(source=str(path), **settings), name).facts


@pytest.fixture
def plain(run, write):
    return run(write("ratings.csv", RATINGS), "plain")


PACKED = {
    "gz": lambda p: p.write_bytes(gzip.compress(RATINGS.encode())),
    "zip": lambda p: _zip(p, {"ml/ratings.csv": RATINGS, "ml/README.txt": "read me"}),
    "zip of one file, whatever its name": lambda p: _zip(p, {"mine.csv": RATINGS}),
    "zip with a desktop's junk": lambda p: _zip(p, {"a/ratings.csv": RATINGS, "__MACOSX/a": "", ".DS_Store": ""}),
    "tar.gz": lambda p: _tar(p, {"ml/tags.csv": "x", "ml/ratings.csv": RATINGS, "ml/links.csv": "y"}),
    "zip with documents": lambda p: _zip(p, {"a/ratings.csv": RATINGS, "a/CHANGES.md": "", "LICENSE": ""}),
    "tar": lambda p: _tar(p, {"ratings.csv": RATINGS}, "w"),
}


@pytest.mark.parametrize("how", PACKED)
def test_every_packing_gives_the_same_arrays(how, plain, run, tmp_path):
    PACKED[how](tmp_path / "packed")  # the bytes tell the packing, not the name
    assert run(tmp_path / "packed").sha256 == plain.sha256


REFUSED = {
    "path traversal in zip": (lambda p: _zip(p, {"ratings.csv": RATINGS, "../evil": "x"}), "points outside"),
    "absolute path in zip": (lambda p: _zip(p, {"/ratings.csv": RATINGS}), "points outside"),
    "drive in zip": (lambda p: _zip(p, {"C:\\ratings.csv": RATINGS}), "points outside"),
    "path traversal in tar": (lambda p: _tar(p, {"../../evil": "x", "ratings.csv": RATINGS}), "points outside"),
    "traversal behind the rows": (lambda p: _tar(p, {"ratings.csv": RATINGS, "a/../../evil": "x"}), "points outside"),
    "link in tar": (lambda p: _tar(p, {}, links={"ratings.csv": "/etc/passwd"}), "is a link"),
    "unexpected member in zip": (lambda p: _zip(p, {"ratings.csv": RATINGS, "run.exe": "x"}), "unexpected member .run"),
    "unexpected member in tar": (lambda p: _tar(p, {"run.exe": "x", "ratings.csv": RATINGS}), "unexpected member .run"),
    "twice in zip": (lambda p: _zip(p, {"a/ratings.csv": RATINGS, "b/ratings.csv": RATINGS}), "found it 2 times"),
    "twice in tar": (lambda p: _tar(p, {"a/ratings.csv": RATINGS, "b/ratings.csv": RATINGS}), "found it twice"),
    "missing in zip": (lambda p: _zip(p, {"tags.csv": "x", "b": "y"}), "the member ratings.csv, found tags.csv"),
    "missing in tar": (lambda p: _tar(p, {"tags.csv": "x"}), "expected the member ratings.csv, found tags.csv"),
    "empty zip": (lambda p: _zip(p, {}), "found nothing"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_an_archive_that_is_not_as_expected_is_refused(how, run, tmp_path):
    make, why = REFUSED[how]
    make(tmp_path / "archive")
    with pytest.raises(UserError, match=why):
        run(tmp_path / "archive")
    assert {p.name for p in tmp_path.iterdir()} <= {"archive", "encoded", "locks", "raw", "work"}, (
        "nothing was extracted"
    )
    assert not list(tmp_path.glob("encoded/*"))


@pytest.mark.parametrize("how", ["gz", "zip", "tar.gz"])
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_broken_archive_is_one_clear_line(how, damage, run, tmp_path):
    path = tmp_path / "broken"
    PACKED[how](path)
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] if damage == "cut" else whole[:middle] + b"\x00\xff\x00" + whole[middle + 3 :])
    with pytest.raises(UserError, match="truncated|damaged|md5|malformed") as error:
        run(path)
    assert "\n" not in str(error.value)


def test_an_encrypted_zip_is_one_clear_line(run, tmp_path):
    data = bytearray(_zip(tmp_path / "a.zip", {"ratings.csv": RATINGS}).read_bytes())
    data[6] |= 1  # the local header's flag, and the directory's
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    with pytest.raises(UserError, match="cannot be read .*password"):
        run(tmp_path / "locked.zip")


def test_a_source_that_is_missing_or_a_folder_says_so(run, tmp_path):
    with pytest.raises(UserError, match="nowhere.csv: not found"):
        run(tmp_path / "nowhere.csv")
    with pytest.raises(UserError, match="is a folder, expected a file"):
        run(tmp_path)


def test_the_published_split_follows_the_files(encode, tmp_path, criteo_entry):
    head = "Label," + ",".join([f"I{i}" for i in range(1, 14)] + [f"C{i}" for i in range(1, 27)])
    parts = {"train": 30, "valid": 10, "test": 20}
    files = {
        f"{name}.csv": "\n".join([head, *(f"{row % 2}," + ",".join([str(row)] * 13 + [name] * 26) for row in range(n))])
        for name, n in parts.items()
    }
    entry = criteo_entry(
        source=str(_zip(tmp_path / "x4.zip", files)), params={"archive": "x4"}, split="published", threshold=1
    )
    data = encode(entry)
    assert data.facts.rows_per_split == parts
    assert data.train.y.tolist() == [row % 2 for row in range(30)]
    assert len(set(data.test.ids[:, 20].tolist())) == 1 and data.test.ids[0, 20] != data.train.ids[0, 20]
    some = encode(entry.model_copy(update={"rows": 50}), "some").facts
    assert some.rows_per_split == {"train": 30, "valid": 5, "test": 5}, "no more than there are"
    mixed = encode(entry.model_copy(update={"split": "random"}), "mixed").facts
    assert mixed.rows_per_split == {"train": 48, "valid": 6, "test": 6}


def test_a_published_split_needs_the_three_files(encode, write, criteo_entry, criteo_lines):
    entry = criteo_entry(source=str(write("train.txt", "\n".join(criteo_lines(50)))), split="published")
    with pytest.raises(UserError, match="split published needs an archive with train, valid and test files"):
        encode(entry)
