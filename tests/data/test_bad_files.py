"""Files that are not what they should be: one line that a person can act on, and nothing left behind."""

import gzip
import io
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from autoloss.cli.data import app
from autoloss.config import Dataset
from autoloss.errors import UserError

ROWS = ["label,a,b", *(f"{i % 2},{i % 3},{i % 5}" for i in range(100))]
TEXT = "\n".join(ROWS) + "\n"
NOISE = np.random.default_rng(0).integers(0, 256, 5000, np.uint8).tobytes()


def _entry(path, **settings) -> Dataset:
    return Dataset(**{"name": "t", "use": "table", "task": "binary", "source": str(path), **settings})


def _tar(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return buffer.getvalue()


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


BAD = {
    "bare carriage returns": ("\r".join(ROWS), "lines end with carriage returns alone, expected line feeds"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + NOISE, "binary content, expected text"),
    "random bytes": (NOISE, "binary content, expected text"),
    "UTF-16": (TEXT.encode("utf-16"), "binary content, expected text .UTF-8."),
    "a picture, compressed": (gzip.compress(b"\x89PNG\r\n\x1a\n" + NOISE), "binary content, expected text"),
    "a carriage return in the header": ("label,a\rx,b\n0,1,2\n", "line 1: expected column names"),
    "a column twice": ("label,a,a\n" + "0,1,2\n1,2,3\n" * 50, "column 'a' occurs twice"),
    "control characters": (TEXT + "\x1b[31m\x07,1,2\n", r"line 102: label is '\\x1b\[31m\\x07', expected 0 or 1"),
    "a very long label": (TEXT + f"{'9' * 500},1,2\n", f"label is '{'9' * 60}…', expected 0 or 1"),
}


@pytest.mark.parametrize("how", BAD)
def test_a_csv_that_is_none_is_one_printable_line(how, write, encode, tmp_path):
    content, why = BAD[how]
    with pytest.raises(UserError, match=why) as error:
        encode(_entry(write("t.csv", content)))
    message = str(error.value)
    assert message.isprintable() and len(message) < 400
    assert not list(tmp_path.glob("encoded/*")) and not list(tmp_path.glob("work/*"))


def test_a_parquet_column_that_occurs_twice_is_named(encode, tmp_path):
    columns = [pa.array([0, 1] * 50), pa.array([1, 2] * 50), pa.array([3, 4] * 50)]
    pq.write_table(pa.Table.from_arrays(columns, names=["label", "a", "a"]), tmp_path / "t.parquet")
    with pytest.raises(UserError, match="t.parquet: column 'a' occurs twice; found label, a, a"):
        encode(_entry(tmp_path / "t.parquet"))


@pytest.mark.parametrize("separator", ["", ";;", "é", "→", '"', "\n", "\r", "\0"])
def test_a_separator_that_is_not_one_byte_is_refused(separator, write, encode):
    with pytest.raises(UserError, match="table: separator is .*, expected one ASCII character"):
        encode(_entry(write("t.csv", TEXT), params={"separator": separator}))


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("malformed", [False, True])
def test_a_very_long_value_is_kept(quoted, malformed, write, encode):
    long = "x" * 200_000
    lines = [*ROWS, f'0,"{long}, and more",1' if quoted else f"0,{long},1", *(["1,2"] if malformed else [])]
    data = encode(_entry(write("t.csv", "\n".join(lines)), max_bad_rows=1))
    assert data.facts.rows == 101 and data.facts.bad_rows == malformed and data.facts.field_sizes[0] == 4


@pytest.mark.parametrize("pack", [_tar, _zip], ids=["tar.gz", "zip"])
@pytest.mark.parametrize("files", [["mine.csv"], ["folder/any name.txt"], ["README.md", "mine.csv"]], ids=str)
def test_an_archive_of_ones_own_may_hold_one_file_of_any_name(pack, files, write, encode):
    plain = encode(_entry(write("t.csv", TEXT)), "plain").facts
    packed = pack({name: TEXT if name == files[-1] else "read me" for name in files})
    assert encode(_entry(write("mine.archive", packed)), "packed").facts.sha256 == plain.sha256


@pytest.mark.parametrize("pack", [_tar, _zip], ids=["tar.gz", "zip"])
def test_an_archive_with_two_files_says_what_it_holds(pack, write, encode):
    with pytest.raises(UserError, match="expected the member train.csv, found a.csv, b.csv"):
        encode(_entry(write("mine.archive", pack({"a.csv": TEXT, "b.csv": TEXT}))))


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("file/out", "file.*: (Not a directory|File exists)"),
        ("file", "file: is a file, expected a folder or a new name"),
        ("/proc/none/out", "/proc/none.*: No such file or directory"),
    ],
)
def test_a_folder_that_cannot_be_made_is_one_line(out, why, write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("file", "precious")
    write("t.csv", TEXT)
    result = CliRunner().invoke(app, ["encode", "table", "--source", "t.csv", "--out", out])
    assert isinstance(result.exception, UserError), result.output
    with pytest.raises(UserError, match=why):
        raise result.exception
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("text", ["a: b: c", "{", "- x", "label=[1"])
def test_a_setting_that_is_not_yaml_is_one_line(text, write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("t.csv", TEXT)
    result = CliRunner().invoke(app, ["encode", "table", "--source", "t.csv", "--out", "out", "--set", f"label={text}"])
    assert isinstance(result.exception, UserError) and "\n" not in str(result.exception)
    assert "label" in str(result.exception) and not isinstance(result.exception, yaml.YAMLError)
