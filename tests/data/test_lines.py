"""Text as it comes: line ends, byte-order marks, quotes, malformed rows."""

import numpy as np
import pytest

from autoloss.config import Dataset
from autoloss.data.encode.read import blocks
from autoloss.errors import UserError

RATINGS = [f"{row % 9},{row % 7},{row % 10 / 2 + 0.5},{row}" for row in range(60)]
HEAD = "userId,movieId,rating,timestamp"


def _text(end: str = "\n", final: bool = True, head: str = HEAD, rows: list[str] = RATINGS) -> str:
    return end.join([head, *rows]) + (end if final else "")


@pytest.fixture
def plain(write, encode, movielens_entry):
    return encode(movielens_entry(source=str(write("plain.csv", _text()))), "plain").facts


@pytest.mark.parametrize(
    "content",
    [
        _text("\r\n"),
        _text("\r\n", final=False),
        _text(final=False),
        b"\xef\xbb\xbf" + _text().encode(),
        b"\xef\xbb\xbf" + _text("\r\n").encode(),
        _text(rows=[",".join(f'"{v}"' for v in row.split(",")) for row in RATINGS]),
        _text(head='"userId","movieId","rating","timestamp"'),
        _text(head="USERID,movieid,Rating,timestamp"),
        _text("\n\n") + "\n\n",
        "rating,extra,movieId,userId\n" + "".join("{2},x,{1},{0}\n".format(*row.split(",")) for row in RATINGS),
    ],
    ids=["crlf", "crlf no final", "no final newline", "bom", "bom crlf", "quoted", "quoted header", "header case",
         "blank lines", "other columns, other order"],
)  # fmt: skip
@pytest.mark.parametrize("block", [64, 1 << 20])
def test_the_same_rows_in_another_dress_are_encoded_alike(
    content, block, plain, write, encode, movielens_entry, monkeypatch
):
    monkeypatch.setattr(blocks, "BLOCK", block)
    assert encode(movielens_entry(source=str(write("dressed.csv", content)))).facts.sha256 == plain.sha256


def test_crlf_does_not_stick_to_the_last_criteo_field(criteo_lines, write, encode, criteo_entry):
    lines = criteo_lines(200)
    unix = encode(criteo_entry(source=str(write("a", "\n".join(lines) + "\n"))), "unix").facts
    dos = encode(criteo_entry(source=str(write("b", "\r\n".join(lines) + "\r\n"))), "dos").facts
    assert unix.sha256 == dos.sha256


def test_quotes_in_criteo_text_are_plain_characters(criteo_lines, write, encode, criteo_entry):
    lines = [line.split("\t") for line in criteo_lines(100)]
    lines[5][20] = '"open'
    meta = encode(criteo_entry(source=str(write("t", "\n".join("\t".join(r) for r in lines))), threshold=1)).facts
    assert meta.rows == 100 and meta.bad_rows == 0


BAD = {
    "39 columns": ("\t".join(["1", *["1"] * 38]), "expected 40 columns, found 39"),
    "41 columns": ("\t".join(["1"] * 41), "expected 40 columns, found 41"),
    "no integer": ("\t".join(["1", "x", *["1"] * 38]), "I1 is 'x', expected an integer or nothing"),
    "half an integer": ("\t".join(["1", "1.5", *["1"] * 38]), "I1 is '1.5', expected an integer or nothing"),
    "label 7": ("\t".join(["7", *["1"] * 39]), "Label is '7', expected 0 or 1"),
    "no label": ("\t".join(["", *["1"] * 39]), "Label is '', expected 0 or 1"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_malformed_row_fails_with_its_line_number(kind, criteo_lines, write, encode, criteo_entry):
    line, why = BAD[kind]
    lines = [*criteo_lines(20), line, *criteo_lines(20)]
    with pytest.raises(UserError) as error:
        encode(criteo_entry(source=str(write("train.txt", "\n".join(lines)))))
    assert str(error.value) == f"train.txt: line 21: {why} (malformed rows: 1 so far, max_bad_rows is 0)"


@pytest.mark.parametrize("block", [300, 1 << 20])
def test_tolerated_rows_are_counted_and_left_out(block, criteo_lines, write, encode, criteo_entry, monkeypatch):
    lines = criteo_lines(200)
    clean = encode(criteo_entry(source=str(write("clean", "\n".join(lines)))), "clean").facts
    monkeypatch.setattr(blocks, "BLOCK", block)
    for at, (line, _) in zip((3, 50, 51, 100, 170, 200), BAD.values(), strict=True):
        lines.insert(at, line)
    entry = criteo_entry(source=str(write("t", "\n".join(lines))), max_bad_rows=6)
    meta = encode(entry).facts
    assert meta.bad_rows == 6 and meta.sha256 == clean.sha256
    with pytest.raises(UserError, match="t: line 4: expected 40 columns, found 39 .malformed rows: 6 so far"):
        encode(entry.model_copy(update={"max_bad_rows": 5}), "strict")


def test_the_first_malformed_line_is_named_in_a_later_block(criteo_lines, write, encode, criteo_entry, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 700)
    lines = [*criteo_lines(90), BAD["label 7"][0], *criteo_lines(9), BAD["39 columns"][0]]
    with pytest.raises(UserError, match="line 91: Label is '7'"):
        encode(criteo_entry(source=str(write("t", "\n".join(lines)))))


@pytest.mark.parametrize("block", [300, 1 << 20])
def test_rows_counts_malformed_ones_and_stops_there(block, criteo_lines, write, encode, criteo_entry, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", block)
    lines = [*criteo_lines(50), BAD["label 7"][0], *criteo_lines(60), BAD["39 columns"][0], *criteo_lines(50)]
    meta = encode(criteo_entry(source=str(write("t", "\n".join(lines))), rows=100, max_bad_rows=1)).facts
    assert meta.rows == 99 and meta.bad_rows == 1


@pytest.mark.parametrize("rating", ["7", "0", "3.7", "", "four", "nan", "inf"])
def test_a_rating_that_is_none_fails(rating, write, encode, movielens_entry):
    with pytest.raises(UserError, match=r"line 2: rating is '.*', expected a rating from 0.5 to 5 in half stars"):
        encode(movielens_entry(source=str(write("ratings.csv", _text(rows=[f"1,2,{rating},0", *RATINGS])))))


def test_a_user_that_is_no_number_fails(write, encode, movielens_entry):
    with pytest.raises(UserError, match="line 62: userId is 'x', expected a whole number"):
        encode(movielens_entry(source=str(write("ratings.csv", _text(rows=[*RATINGS, "x,1,3,0"])))))


@pytest.mark.parametrize("quote", ['1,"2,3,4', '1,2,3,"4\n'])
def test_a_quote_that_does_not_close_takes_no_other_line_along(quote, write, encode, movielens_entry):
    path = write("ratings.csv", _text(rows=[*RATINGS[:30], quote, *RATINGS[30:]]))
    with pytest.raises(UserError, match="line 32: not UTF-8 text, or an unclosed quote"):
        encode(movielens_entry(source=str(path)))
    assert encode(movielens_entry(source=str(path), max_bad_rows=1)).facts.rows == 60


def test_text_that_is_not_utf8_is_malformed(write, encode, movielens_entry):
    text = _text().encode().split(b"\n")
    text.insert(5, b"1,2,\xff,4")
    path = write("ratings.csv", b"\n".join(text))
    with pytest.raises(UserError, match="line 6: not UTF-8 text"):
        encode(movielens_entry(source=str(path)))
    assert encode(movielens_entry(source=str(path), max_bad_rows=1)).facts.rows == 60


def test_a_missing_column_is_named(write, encode, movielens_entry):
    with pytest.raises(UserError, match="csv: line 1: column 'movieId' is missing; found userId, film, rating"):
        encode(movielens_entry(source=str(write("ratings.csv", _text(head="userId,film,rating,timestamp")))))


def test_an_empty_file_and_a_header_alone_fail(write, encode, movielens_entry, criteo_entry):
    with pytest.raises(UserError, match="empty, expected a header line"):
        encode(movielens_entry(source=str(write("empty.csv", ""))))
    with pytest.raises(UserError, match="no rows"):
        encode(movielens_entry(source=str(write("head.csv", HEAD + "\n"))))
    with pytest.raises(UserError, match="no rows"):
        encode(criteo_entry(source=str(write("empty.txt", ""))))


def test_a_file_without_line_breaks_is_no_text(write, encode, criteo_entry, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1000)
    monkeypatch.setattr(blocks, "LONGEST", 5000)
    with pytest.raises(UserError, match="no line break in 6000 bytes"):
        encode(criteo_entry(source=str(write("long", "x" * 20_000))))


@pytest.mark.parametrize("block", [16, 1 << 20])
def test_a_table_may_have_line_breaks_in_quotes(block, write, encode, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", block)
    rows = "".join(f'{row % 2},"a\n{row % 3}, ""b""",{row % 5}\n' for row in range(40))
    entry = Dataset(name="t", use="table", task="binary", source=str(write("t.csv", "label,text,number\n" + rows)))
    data = encode(entry)
    assert data.facts.rows == 40 and data.facts.field_sizes == (3, 5)
    assert len(np.unique(data.train.ids[:, 0].numpy())) == 3


def test_texts_may_be_short_in_one_block_and_long_in_another(write, encode, monkeypatch):
    rows = [f"{row % 2},{'short' if row < 50 else 'as long as this one' if row % 5 else 'ä'}" for row in range(100)]
    path = write("t.csv", "label,text\n" + "\n".join(rows))
    entry = Dataset(name="t", use="table", task="binary", source=str(path))
    whole = encode(entry, "whole").facts
    monkeypatch.setattr(blocks, "BLOCK", 200)
    assert encode(entry, "in blocks").facts.sha256 == whole.sha256 and whole.field_sizes == (3,)
